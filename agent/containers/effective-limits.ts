import type { ContainerRecord } from '#agent/store/container-record.js';
import { type MergedLimits, mergeLimits } from './limits-merge.js';

/** What holds for a container: limits given at run, then what was recorded by `limit`; with the source of each. */
export function effectiveLimits(record: ContainerRecord): MergedLimits {
  return mergeLimits([
    { source: 'run', limits: record.limits.run },
    { source: 'override', limits: record.limits.override },
  ]);
}
