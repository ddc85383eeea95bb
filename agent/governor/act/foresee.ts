import type { Governed } from '#agent/containers/governed.js';
import type { LimitLayer } from '#agent/containers/limits-merge.js';
import type { Action } from '#agent/contract/decision.js';
import { limitConditions } from '#runtime/cgroup/limit-plan.js';
import type { ActContext, ActionOf } from './executor.js';
import { heldByPerson, limitsOfValues, pathsOf, ruleSource, withLimits, withoutFields } from './rule-layers.js';
import { LACKING, lackingOf, refusedFor } from './set.js';
import type { Outcome } from './tell.js';
import { valuesOf } from './undo.js';

/** What rules of policies that observe would hold of containers. */
const WOULD_HOLD = new WeakMap<Governed, LimitLayer[]>();

/**
 * The dry-run twin of the executors: what an act of a policy that observes would have come to, as far as that can be known without doing it
 * (what a person set, or this host has not got, is refused either way).
 */
export function foresee(context: ActContext, container: Governed, action: Action): Outcome {
  switch (action.kind) {
    case 'set':
    case 'throttle':
      return foreseeSet(context, container, action);
    case 'undo':
      return action.of === 'freeze' ? { result: 'observed', before: 'frozen', after: 'thawed' } : foreseeUndo(container, action);
    default:
      return { result: 'observed' };
  }
}

function foreseeSet({ priorityOf }: ActContext, container: Governed, action: ActionOf<'set'> | ActionOf<'throttle'>): Outcome {
  const { cgroup } = container;
  const held = heldByPerson(container, Object.keys(action.limits));
  const wanted = Object.entries(action.limits).filter(([field]) => !held.includes(field));
  if (wanted.length === 0) return { result: 'refused', error: refusedFor(held) };
  const limits = Object.fromEntries(wanted);
  const conditions = cgroup === undefined ? [] : limitConditions(cgroup, limitsOfValues(limits));
  const lacking = wanted.flatMap(([field]) => lackingOf(conditions, field));
  if (lacking.length >= wanted.length) return { result: 'refused', error: lacking.join(LACKING) };
  const layer = { source: ruleSource(action), limits, untilMs: null };
  WOULD_HOLD.set(container, withLimits(WOULD_HOLD.get(container) ?? [], layer, priorityOf));
  return { result: 'observed', fields: wanted.map(([field]) => field) };
}

function foreseeUndo(container: Governed, action: ActionOf<'undo'>): Outcome {
  const source = ruleSource(action);
  const would = WOULD_HOLD.get(container) ?? [];
  const known = pathsOf(would.find((layer) => layer.source === source)?.limits ?? {});
  const fields = action.fields.filter((field) => known.includes(field));
  if (fields.length === 0) return { result: 'observed', nothing: true };
  const left = withoutFields(would, source, fields);
  const { policies = [], rules = [] } = container.limits;
  const values = (more: readonly LimitLayer[]) =>
    valuesOf({ limits: { ...container.limits, policies: container.observed ?? policies, rules: [...rules, ...more] } }, fields);
  WOULD_HOLD.set(container, left);
  return { result: 'observed', fields, before: values(would), after: values(left) };
}
