import type { Condition } from '#agent/contract/container.js';
import type { PolicyChange } from '#agent/contract/policy.js';
import type { PolicySubject } from '#agent/policy/match.js';
import { limitChanges, limitLayers } from '#agent/policy/merge.js';
import type { ContainerRecord } from '#agent/store/container-record.js';
import { TsgovError } from '#native/tsgov-error.js';
import type { HostFacts } from '#runtime/cgroup/cgroup-host.js';
import { validateLimits } from '#runtime/cgroup/validate.js';
import type { NodeContext } from './context.js';
import { type LimitLayer, mergeLimits } from './limits-merge.js';

/** What policies mean for a container. */
export interface PolicyLimits {
  names: string[];
  /** To put in force, weakest first. */
  layers: LimitLayer[];
  /** What policies that observe would change. */
  observed: PolicyChange[];
  conditions: Condition[];
}

/** What policies look at. */
export function policySubject(record: ContainerRecord): PolicySubject {
  return { name: record.name, image: record.image, labels: record.labels, runtime: 'tsgov', cgroup: record.cgroupPath };
}

/** What the policies in force now mean for a container, whether or not it is so yet. Writes nothing. */
export function policyLimits(context: NodeContext, record: ContainerRecord): PolicyLimits {
  const verdict = context.policies.verdict(policySubject(record));
  if (verdict.names.length === 0) return { names: [], layers: [], observed: [], conditions: [] };
  const { facts } = context.cgroups;
  const enforced = acceptLayers(record.limits, verdict.enforced, facts);
  const observed = acceptLayers(record.limits, verdict.observed, facts);
  const changes = limitChanges(layersOf(record, enforced.layers), layersOf(record, observed.layers), true);
  return {
    names: verdict.names,
    layers: enforced.layers,
    observed: changes,
    conditions: [...verdict.conditions, ...observed.conditions, ...changes.map(observedCondition)],
  };
}

/** Leaves out, the weakest first to go, policies with which the limits together would not make sense on this host. Pure. */
export function acceptLayers(
  limits: Pick<ContainerRecord['limits'], 'run' | 'override'>,
  layers: readonly LimitLayer[],
  facts: HostFacts,
): { layers: LimitLayer[]; conditions: Condition[] } {
  let accepted: LimitLayer[] = [];
  const conditions: Condition[] = [];
  for (const layer of layers.toReversed()) {
    const policies = [layer, ...accepted];
    try {
      validateLimits(mergeLimits(limitLayers({ run: limits.run, policies, override: limits.override })).limits, facts);
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

function layersOf(record: ContainerRecord, policies: readonly LimitLayer[]): LimitLayer[] {
  return limitLayers({ run: record.limits.run, policies, override: record.limits.override });
}

function observedCondition({ field, from, to, toSource }: PolicyChange): Condition {
  return {
    type: 'PolicyObserved',
    field,
    reason: 'Observed',
    message: `${toSource ?? 'a policy'} only observes: it would set ${field} to ${String(to)}${from === null ? '' : `, not ${String(from)}`}`,
  };
}
