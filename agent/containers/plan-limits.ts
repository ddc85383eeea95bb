import type { LimitsInput } from '#agent/contract/limits.js';
import type { LimitsPlan } from '#agent/contract/limits-plan.js';
import { previewChange } from '#runtime/cgroup/plan-change.js';
import { validateLimits } from '#runtime/cgroup/validate.js';
import type { NodeContext } from './context.js';
import { askedLimits, effectiveLimits } from './effective-limits.js';
import type { Governed } from './governed.js';
import { limitsChange } from './limits-merge.js';
import { askedOverride } from './set-limits.js';
import { refuseRemoval } from './state.js';

/**
 * What setContainerLimits would write now; nothing is changed. `state` is the freezer's business and no write. Throws what that throws before
 * its first write.
 */
export function planContainerLimits(
  context: NodeContext,
  container: Governed,
  input: LimitsInput,
  options: { clear: boolean },
): LimitsPlan {
  refuseRemoval(container, 'limit');
  const { override } = askedOverride(context, container, input, options);
  const { id, name, cgroup, limits } = container;
  validateLimits(effectiveLimits({ limits: { ...askedLimits(container), override } }).limits, context.cgroups.facts);
  if (cgroup === undefined) return { id, name, writes: [], conditions: [] };
  const after = effectiveLimits({ limits: { ...limits, override } }).limits;
  const { state: _, ...change } = limitsChange(effectiveLimits({ limits }).limits, after);
  const { writes, conditions } = previewChange(cgroup, change);
  return {
    id,
    name,
    writes: writes.map(({ path, value, before }) => ({ file: path, before: before ?? null, value })),
    conditions: conditions.map((each) => ({ ...each })),
  };
}
