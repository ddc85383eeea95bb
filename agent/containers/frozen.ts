import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import { frozenState } from '#runtime/cgroup/freezer.js';

/** Whether the freezer holds it, or is about to. */
export function isFrozen(cgroup: CgroupSet): boolean {
  const state = frozenState(cgroup);
  return state === 'frozen' || state === 'freezing';
}
