import { dirname } from 'node:path';
import { type CgroupSet, directoryOf, pathFiles } from './cgroup-set.js';
import type { CgroupWrite, Condition } from './controller.js';
import { PARTITION_FILE } from './cpuset.js';
import { parentList, planCpusetTree } from './cpuset-tree.js';
import { LIMIT_KEYS } from './limit-controllers.js';
import { type LimitPlan, planLimits, readSlices } from './limit-plan.js';
import type { Limits } from './limits.js';
import { validateLimits } from './validate.js';
import { formerValue, pathOf } from './write-plan.js';

/** One write as it would be made. */
export interface PreviewedWrite {
  readonly path: string;
  readonly value: string;
  /** What the file, or its line of this key, says now; undefined: it cannot be read. */
  readonly before: string | undefined;
}

/** The writes that change limits of a cgroup in use, in order, and what of them this host cannot carry. `current`: what its files say now. */
export function planChange(set: CgroupSet, limits: Limits, current: Limits): LimitPlan {
  const { writes, conditions } = planLimits(set, inherited(set, limits), current);
  return { writes: writes.flatMap((write) => cpusetWrites(set, write)), conditions };
}

/**
 * What applyLimits would write now; nothing is. Validated as there; what the kernel itself would refuse is not known before. Files that say the
 * value already are left out. Throws LimitError.
 */
export function previewChange(
  set: CgroupSet,
  limits: Limits,
): { writes: readonly PreviewedWrite[]; conditions: readonly Condition[] } {
  const asked = LIMIT_KEYS.filter((key) => limits[key] !== undefined);
  const current = readSlices(set, asked, pathFiles(set));
  if (set.places === undefined) validateLimits(limits, set.host.facts, current);
  const { writes, conditions } = planChange(set, limits, current);
  const previews = writes.map((write): PreviewedWrite => {
    const path = pathOf(write, (controller) => directoryOf(set, controller));
    return { path, value: write.value, before: formerValue(write, path) };
  });
  return { writes: previews.filter(({ value, before }) => value !== before), conditions };
}

/** v1 has no empty list for "as the parent": it gets the parent's. */
function inherited(set: CgroupSet, limits: Limits): Limits {
  const { cpuset } = limits;
  const dir = directoryOf(set, 'cpuset');
  if (cpuset === undefined || dir === undefined || set.host.carriers.cpuset?.version !== 1 || dirname(dir) === dir) return limits;
  return {
    ...limits,
    cpuset: {
      ...cpuset,
      ...(cpuset.cpus !== undefined && { cpus: cpuset.cpus || parentList(dir, 'cpuset.cpus') }),
      ...(cpuset.mems !== undefined && { mems: cpuset.mems || parentList(dir, 'cpuset.mems') }),
    },
  };
}

/**
 * Nested v1 cpusets have to move along. v2 refuses (ENOSPC) to empty the list of a cgroup that has processes, which an undo may want
 * too: then it gets what the parent has now, and no longer follows it.
 */
function cpusetWrites(set: CgroupSet, write: CgroupWrite): CgroupWrite[] {
  const dir = directoryOf(set, 'cpuset');
  if (write.controller !== 'cpuset' || dir === undefined) return [write];
  if (set.host.carriers.cpuset?.version === 1) return planCpusetTree(dir, write);
  if (write.file === PARTITION_FILE) return [write];
  return [{ ...write, fallback: parentList(dir, `${write.file}.effective`) }];
}
