import { limitLayers } from '#agent/policy/merge.js';
import type { GovernedLimits } from './governed.js';
import { type MergedLimits, mergeLimits } from './limits-merge.js';

/** What holds for a container: limits given at run, then policies, then their rules, then what was recorded by `limit`; with the source of each. */
export function effectiveLimits({ limits }: { limits: GovernedLimits }): MergedLimits {
  return mergeLimits(limitLayers(limits));
}
