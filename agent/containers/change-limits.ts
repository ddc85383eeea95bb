import { applyLimits } from '#runtime/cgroup/apply-limits.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { validateLimits } from '#runtime/cgroup/validate.js';
import type { NodeContext } from './context.js';
import { askedLimits, effectiveLimits } from './effective-limits.js';
import type { Governed, GovernedLimits } from './governed.js';
import { refuseVital } from './guard-vital.js';
import { rememberInForce } from './in-force.js';
import { replaceLimitConditions } from './limit-conditions.js';
import { limitEntries } from './limit-fields.js';
import { limitsChange } from './limits-merge.js';

export const FREEZE_DEADLINE_MS = 10_000;

/**
 * Puts other layers of limits in force and on record; call it on the container's queue. All or nothing: validated whole, written with
 * rollback. Killed half way, the next agent finds on record all that may have been set, and drops what is not to be. One that does not run
 * gets it at its next start. `state` is asked of the freezer once and not recorded. Throws what validateLimits and applyLimits throw.
 */
export async function changeLimits(
  context: NodeContext,
  container: Governed,
  next: Partial<Omit<GovernedLimits, 'run'>>,
  state?: Limits['state'],
): Promise<void> {
  const wanted = effectiveLimits({ limits: { ...askedLimits(container), ...next } }).limits;
  validateLimits(wanted, context.cgroups.facts);
  if (state === 'frozen' || wanted.state === 'frozen') refuseVital(context, container, 'freeze');
  const { cgroup } = container;
  if (cgroup === undefined) {
    container.setLimits({ ...container.limits, ...next });
    return;
  }
  container.rememberFound(limitEntries(wanted).map(({ path }) => path));
  const before = container.limits;
  const after: GovernedLimits = { ...before, ...next };
  const change = limitsChange(effectiveLimits({ limits: before }).limits, effectiveLimits({ limits: after }).limits);
  container.setLimits(either(before, after));
  try {
    const applied = await applyLimits(
      cgroup,
      startable(container, state === undefined ? change : { ...change, state }, state !== undefined),
      {
        clock: context.runtime.clock,
        deadlineMs: FREEZE_DEADLINE_MS,
      },
    );
    await container.restoreFound(after);
    if (applied !== undefined) container.conditions = replaceLimitConditions(container.conditions, applied.conditions);
  } catch (error) {
    container.setLimits(before);
    throw error;
  }
  container.setLimits(after);
  rememberInForce(container);
}

/** One that is to stop must not be frozen again on its way; `thawed` waits for the end of a freeze that has one. */
function startable(container: Governed, { state, ...limits }: Limits, asked: boolean): Limits {
  const frozenFor = !asked && container.thawAtMs !== null;
  const leave = state === undefined || (state === 'frozen' && container.ending) || (state === 'thawed' && frozenFor);
  return leave ? limits : { ...limits, state };
}

/** A record from which the next agent goes on to whatever is then wanted, whichever of the two the kernel has. */
function either(before: GovernedLimits, after: GovernedLimits): GovernedLimits {
  const overriding = { source: 'override', limits: after.override };
  return {
    ...before,
    policies: [...(before.policies ?? []), ...(after.policies ?? []), ...(after.rules ?? []), overriding],
  };
}
