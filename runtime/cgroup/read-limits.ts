import { type CgroupSet, cgroupExists, pathFiles } from './cgroup-set.js';
import { frozenState } from './freezer.js';
import { LIMIT_KEYS } from './limit-controllers.js';
import { readSlices } from './limit-plan.js';
import type { Limits } from './limits.js';

/**
 * The limits in force, read from the kernel's files, in v2's words; `state` too. What this host has no file for is absent.
 * `undefined`: the cgroup is gone.
 */
export function readLimits(set: CgroupSet): Limits | undefined {
  const limits = readSlices(set, LIMIT_KEYS, pathFiles(set));
  const state = frozenState(set);
  if (!cgroupExists(set)) return undefined;
  return state === undefined ? limits : { ...limits, state: state === 'thawed' ? 'thawed' : 'frozen' };
}
