import type { Condition } from '#agent/contract/container.js';
import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import { frozenParent, frozenState } from '#runtime/cgroup/freezer.js';

/** Whether the freezer holds it, or is about to. */
export function isFrozen(cgroup: CgroupSet): boolean {
  const state = frozenState(cgroup);
  return state === 'frozen' || state === 'freezing';
}

/** That a cgroup above it is frozen, which `thaw` of the container cannot undo. Nothing where none is. */
export function frozenConditions(cgroup: CgroupSet): Condition[] {
  const parent = frozenParent(cgroup);
  if (parent === undefined) return [];
  const message = `cgroup ${parent} is frozen, and with it everything below: thaw that one; thawing the container does not help`;
  return [{ type: 'Frozen', field: 'state', reason: 'ParentFrozen', message }];
}
