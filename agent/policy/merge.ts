import type { GovernedLimits } from '#agent/containers/governed.js';
import { limitEntries } from '#agent/containers/limit-fields.js';
import { type LimitLayer, mergeLimits } from '#agent/containers/limits-merge.js';
import type { PolicyChange } from '#agent/contract/policy.js';

/** All that is said, weakest first: run, policies by priority (see inOrder), their schedules and rules, the override of `limit`. Pure. */
export function limitLayers({ run, policies = [], rules = [], override }: Readonly<GovernedLimits>): LimitLayer[] {
  return [{ source: 'run', limits: run }, ...policies, ...rules, { source: 'override', limits: override }];
}

/** Policies weakest first: by priority; of equal ones the name that sorts first wins. Pure. */
export function inOrder<P extends { name: string; priority: number }>(policies: readonly P[]): P[] {
  return [...policies].sort((a, b) => a.priority - b.priority || (a.name < b.name ? 1 : -1));
}

/** The name under which a policy is a source of limits. */
export function policySource(name: string): string {
  return `policy/${name}`;
}

/** The name under which a policy's schedule is a source of limits. */
export function scheduleSource(name: string): string {
  return `schedule/${name}`;
}

/** Which limits differ between two states of a container, and who says so in each; `observed` as given. Pure. */
export function limitChanges(before: readonly LimitLayer[], after: readonly LimitLayer[], observed: boolean): PolicyChange[] {
  const [from, to] = [valuesOf(before), valuesOf(after)];
  return [...new Set([...from.keys(), ...to.keys()])]
    .map((field) => ({
      field,
      from: from.get(field)?.value ?? null,
      fromSource: from.get(field)?.source ?? null,
      to: to.get(field)?.value ?? null,
      toSource: to.get(field)?.source ?? null,
      observed,
    }))
    .filter((change) => change.from !== change.to);
}

function valuesOf(layers: readonly LimitLayer[]): Map<string, { value: string | number | boolean; source: string | null }> {
  const { limits, sources } = mergeLimits(layers);
  return new Map(limitEntries(limits).map(({ path, value }) => [path, { value, source: sources[path] ?? null }]));
}
