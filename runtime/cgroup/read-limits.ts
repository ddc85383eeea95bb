import { type CgroupSet, cgroupExists, pathFiles } from './cgroup-set.js';
import { frozenState } from './freezer.js';
import { LIMIT_KEYS } from './limit-controllers.js';
import { readSlices } from './limit-plan.js';
import type { Limits } from './limits.js';

/**
 * The limits in force, read from the kernel's files, in v2's words; `state` too. What this host has no file for is absent.
 * `undefined`: the cgroup is gone. `keys`: only these parts.
 */
export function readLimits(set: CgroupSet, keys: readonly (keyof Limits)[] = ALL): Limits | undefined {
  const slices = keys.filter((key) => key !== 'state');
  const limits = readSlices(set, slices, pathFiles(set));
  const state = keys.includes('state') ? frozenState(set) : undefined;
  if (!cgroupExists(set)) return undefined;
  return state === undefined ? limits : { ...limits, state: state === 'thawed' ? 'thawed' : 'frozen' };
}

const ALL: readonly (keyof Limits)[] = [...LIMIT_KEYS, 'state'];
