import type { Condition } from '#agent/contract/container.js';
import type { PolicyChange } from '#agent/contract/policy.js';
import type { PolicySubject } from '#agent/policy/match.js';
import { limitChanges, limitLayers } from '#agent/policy/merge.js';
import type { ContainerRecord } from '#agent/store/container-record.js';
import { TsgovError } from '#native/tsgov-error.js';
import type { HostFacts } from '#runtime/cgroup/cgroup-host.js';
import { validateLimits } from '#runtime/cgroup/validate.js';
import type { NodeContext } from './context.js';
import { askedLimits } from './effective-limits.js';
import type { Governed, GovernedLimits } from './governed.js';
import { type LimitLayer, mergeLimits } from './limits-merge.js';
import type { PolicyVerdict } from './policy-source.js';

/** What policies mean for a container. */
export interface PolicyLimits {
  names: string[];
  /** To put in force, weakest first. */
  layers: LimitLayer[];
  /** What policies that observe would change. */
  observed: PolicyChange[];
  conditions: Condition[];
}

/** What policies look at in a container of ours. */
export function policySubject(record: ContainerRecord): PolicySubject {
  return { name: record.name, image: record.image, labels: record.labels, runtime: 'tsgov', cgroup: record.cgroupPath };
}

type Asked = Pick<Governed, 'policySubject' | 'limits' | 'foreign'>;

const NOTHING: PolicyLimits = { names: [], layers: [], observed: [], conditions: [] };

/** What was last worked out, for a thousand containers that are asked about every few seconds. */
const known = new WeakMap<Asked, { verdict: PolicyVerdict; limits: GovernedLimits; meaning: PolicyLimits }>();

/**
 * What the policies in force now mean for a container, whether or not it is so yet; the same object as long as neither they nor its limits (a
 * new object when they change) do. Writes nothing.
 */
export function policyLimits(context: NodeContext, container: Asked): PolicyLimits {
  const verdict = context.policies.verdict(container.policySubject());
  if (verdict.names.length === 0) return NOTHING;
  const { limits } = container;
  const last = known.get(container);
  if (last !== undefined && last.verdict === verdict && last.limits === limits) return last.meaning;
  const meaning = meaningOf(verdict, container, context.cgroups.facts);
  known.set(container, { verdict, limits, meaning });
  return meaning;
}

function meaningOf(verdict: PolicyVerdict, container: Asked, facts: HostFacts): PolicyLimits {
  const { limits } = container;
  const asked = askedLimits(container);
  const enforced = acceptLayers(asked, verdict.enforced, facts);
  const observed = acceptLayers(asked, verdict.observed, facts);
  const changes = limitChanges(layersOf(limits, enforced.layers), layersOf(limits, observed.layers), true);
  return {
    names: verdict.names,
    layers: enforced.layers,
    observed: changes,
    conditions: [...verdict.conditions, ...observed.conditions, ...changes.map(observedCondition)],
  };
}

/** Leaves out, the weakest first to go, policies with which the limits together would not make sense on this host. Pure. */
export function acceptLayers(
  limits: Omit<GovernedLimits, 'policies'>,
  layers: readonly LimitLayer[],
  facts: HostFacts,
): { layers: LimitLayer[]; conditions: Condition[] } {
  let accepted: LimitLayer[] = [];
  const conditions: Condition[] = [];
  for (const layer of layers.toReversed()) {
    const policies = [layer, ...accepted];
    try {
      validateLimits(mergeLimits(limitLayers({ ...limits, policies })).limits, facts);
      accepted = policies;
    } catch (error) {
      if (!(error instanceof TsgovError)) throw error;
      conditions.push({
        type: 'PolicyRefused',
        reason: 'Conflict',
        message: `${layer.source} is not in force here: ${error.message}`,
        ...(error.field === undefined ? {} : { field: error.field.replace(/^limits\./, '') }),
      });
    }
  }
  return { layers: accepted, conditions };
}

function layersOf(limits: GovernedLimits, policies: LimitLayer[]): LimitLayer[] {
  return limitLayers({ ...limits, policies });
}

function observedCondition({ field, from, to, toSource }: PolicyChange): Condition {
  return {
    type: 'PolicyObserved',
    field,
    reason: 'Observed',
    message: `${toSource ?? 'a policy'} only observes: it would set ${field} to ${String(to)}${from === null ? '' : `, not ${String(from)}`}`,
  };
}
