import type { Limits } from '#runtime/cgroup/limits.js';
import { effectiveLimits } from './effective-limits.js';
import type { Governed, GovernedLimits } from './governed.js';

type FreezerState = NonNullable<Limits['state']>;

/**
 * What is recorded by `limit` once a person asked this of the freezer: that too, where policies, rules or `run` say otherwise and would
 * take it back; nothing where they do not, since the freezer keeps it. Pure.
 */
export function overrideWithState(limits: GovernedLimits, state: FreezerState): Limits {
  const { state: _, ...rest } = limits.override;
  const weaker = effectiveLimits({ limits: { ...limits, override: rest } }).limits.state;
  return weaker === undefined || weaker === state ? rest : { ...rest, state };
}

/** A freeze by hand is of this run: the next one starts as policies say. The same object when there is none. Pure. */
export function forNextRun(limits: GovernedLimits): GovernedLimits {
  if (limits.override.state !== 'frozen') return limits;
  const { state: _, ...override } = limits.override;
  return { ...limits, override };
}

/** Freezes or thaws as a person asked, with the record that makes it last; call it on the container's queue. What fails is not on record. */
export async function asPersonAsked(container: Governed, state: FreezerState, act: () => Promise<void>): Promise<void> {
  const before = container.limits;
  const override = overrideWithState(before, state);
  const recorded = override.state !== before.override.state;
  if (recorded) container.setLimits({ ...before, override });
  try {
    await act();
  } catch (error) {
    if (recorded) container.setLimits(before);
    throw error;
  }
}
