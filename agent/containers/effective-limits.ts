import { limitLayers } from '#agent/policy/merge.js';
import type { Governed, GovernedLimits } from './governed.js';
import { type MergedLimits, mergeLimits } from './limits-merge.js';

/** The layers that were asked of us: of one that is not ours without what was found, which need not be what we would take. */
export function askedLimits({ limits, foreign }: Pick<Governed, 'limits' | 'foreign'>): GovernedLimits {
  return foreign ? { ...limits, run: {} } : limits;
}

/** What holds for a container: limits given at run, then policies, then their rules, then what was recorded by `limit`; with the source of each. */
export function effectiveLimits({ limits }: { limits: GovernedLimits }): MergedLimits {
  return mergeLimits(limitLayers(limits));
}
