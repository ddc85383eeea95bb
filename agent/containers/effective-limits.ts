import { limitLayers } from '#agent/policy/merge.js';
import type { ContainerRecord } from '#agent/store/container-record.js';
import { type MergedLimits, mergeLimits } from './limits-merge.js';

/** What holds for a container: limits given at run, then policies, then what was recorded by `limit`; with the source of each. */
export function effectiveLimits({ limits }: Pick<ContainerRecord, 'limits'>): MergedLimits {
  return mergeLimits(limitLayers({ run: limits.run, policies: limits.policies ?? [], override: limits.override }));
}
