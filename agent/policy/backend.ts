import { isDeepStrictEqual } from 'node:util';
import { askedLimits } from '#agent/containers/effective-limits.js';
import { pathsOf } from '#agent/containers/limits-merge.js';
import type { GovernedContainer } from '#agent/containers/open.js';
import { acceptLayers } from '#agent/containers/policy-limits.js';
import type { PolicyVerdict } from '#agent/containers/policy-source.js';
import type { Condition } from '#agent/contract/container.js';
import { AgentError } from '#agent/contract/errors.js';
import type { PolicyBackend, PolicyChange, PolicyDiff, PolicyView } from '#agent/contract/policy.js';
import type { Snapshot } from '#agent/contract/snapshot.js';
import type { HostFacts } from '#runtime/cgroup/cgroup-host.js';
import { fileConditions } from './file-conditions.js';
import { policyMatches } from './match.js';
import { limitChanges, limitLayers, policySource, scheduleSource } from './merge.js';
import { missingSignals } from './missing-signals.js';
import { type Policy, verdictOf } from './policy-set.js';
import { nextEdge } from './schedule.js';
import type { PolicyStore } from './store.js';

/** What policies govern. */
export interface Governed {
  govern(): Promise<void>;
  governed(): GovernedContainer[];
  /** Those that policies may yet claim too. */
  found(): GovernedContainer[];
}

/** The policies as the API sees them. */
export function policyBackend(
  store: PolicyStore,
  containers: Governed,
  facts: HostFacts,
  /** What the last tick saw. */
  seen: () => Snapshot | undefined,
): PolicyBackend {
  const view = (policy: Policy, governed = containers.governed()): PolicyView => {
    const ruled = store.rules().find(({ name }) => name === policy.name);
    const snapshot = seen();
    const missing = ruled === undefined || snapshot === undefined ? [] : missingSignals(ruled, snapshot);
    const files = fileConditions(store.refused().filter(({ file }) => file === policy.source));
    return viewPolicy(policy, governed, store.nowMs(), [...files, ...missing]);
  };
  const find = (name: string): Policy => {
    const policy = store.find(name);
    if (policy === undefined) throw new AgentError('POLICY_NOT_FOUND', `no policy ${JSON.stringify(name)}`);
    return policy;
  };
  return {
    list: () => {
      const governed = containers.governed();
      return { policies: store.all().map((policy) => view(policy, governed)), refused: store.refused() };
    },
    get: (name) => view(find(name)),
    put: async (name, text) => {
      store.put(name, text);
      await containers.govern();
      return view(find(name));
    },
    remove: async (name) => {
      store.remove(name);
      await containers.govern();
    },
    validate: (text, file) => {
      const { policies, issues } = store.parse(text, file);
      return {
        valid: issues.length === 0,
        policies: policies.map(({ name, text, nameAt }) => ({ name, text, ...nameAt })),
        issues,
      };
    },
    diff: (text, file): PolicyDiff => {
      const { policies, issues } = store.parse(text, file);
      if (issues.length > 0) return { issues, containers: [] };
      const after = store.with(policies);
      const changed = containers.found().map((container) => ({
        id: container.id,
        name: container.name,
        changes: changesOf(container, store.all(), after, facts, store.nowMs()),
      }));
      return { issues, containers: changed.filter(({ changes }) => changes.length > 0) };
    },
  };
}

/**
 * What of one container would change at a time; changes that would only be reported are marked so. What nobody of us set yet on one that is
 * not ours is as the kernel says now.
 */
export function changesOf(
  container: Pick<GovernedContainer, 'subject' | 'limits' | 'foreign' | 'limitsWithFound'>,
  before: readonly Policy[],
  after: readonly Policy[],
  facts: HostFacts,
  atMs: number,
): PolicyChange[] {
  const [was, will] = [verdictOf(before, container.subject, atMs), verdictOf(after, container.subject, atMs)];
  if (isDeepStrictEqual(was, will)) return [];
  const asked = askedLimits(container);
  const limits = container.limitsWithFound(pathsOf([...was.observed, ...will.observed]));
  const layers = (verdict: PolicyVerdict, which: 'enforced' | 'observed') =>
    limitLayers({ ...limits, policies: acceptLayers(asked, verdict[which], facts).layers });
  const enforced = limitChanges(layers(was, 'enforced'), layers(will, 'enforced'), false);
  // Of what is observed, only what these policies newly ask for.
  const known = limitChanges(layers(was, 'enforced'), layers(was, 'observed'), true);
  const observed = limitChanges(layers(will, 'enforced'), layers(will, 'observed'), true).filter(
    (change) =>
      !known.some(({ field, to, toSource }) => field === change.field && to === change.to && toSource === change.toSource),
  );
  return [...enforced, ...observed];
}

function viewPolicy(
  policy: Policy,
  containers: readonly GovernedContainer[],
  nowMs: number,
  more: readonly Condition[],
): PolicyView {
  const { name, source, priority, enforce, spec, text, schedules } = policy;
  const edge = nextEdge(
    schedules.map(({ schedule }) => schedule),
    nowMs,
  );
  const matched = containers.filter(({ subject }) => policyMatches(spec.match, subject));
  return {
    name,
    source,
    priority,
    enforce,
    spec,
    containers: matched.map((container) => container.name),
    conditions: [
      ...policy.notes,
      ...policy.conditions,
      ...more,
      ...(enforce === 'off' ? [] : matched.flatMap((each) => conditionsAt(each, name))),
    ],
    ...(edge === undefined || enforce === 'off' ? {} : { nextEdge: edge }),
    text,
  };
}

/** What of a policy is not as asked on one container; of what the kernel refused, all its policies are told. */
function conditionsAt({ name, conditions }: GovernedContainer, policy: string): Condition[] {
  return conditions
    .filter(
      ({ type, message }) =>
        type === 'PolicyFailed' ||
        (type !== 'PolicyDeviceUnknown' &&
          [policySource(policy), scheduleSource(policy)].some((from) => message.split(' ').includes(from))),
    )
    .map((condition) => ({ ...condition, message: `${name}: ${condition.message}` }));
}
