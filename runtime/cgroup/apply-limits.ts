import { cgroupDir } from './cgroup-host.js';
import { type CgroupSet, cgroupExists, directoryOf, pathFiles } from './cgroup-set.js';
import type { Condition } from './controller.js';
import { askedControllers, enableAbove } from './create-cgroup.js';
import { type FreezeOptions, freeze, thaw } from './freezer.js';
import { LIMIT_KEYS } from './limit-controllers.js';
import { readSlices } from './limit-plan.js';
import type { Limits } from './limits.js';
import { planChange } from './plan-change.js';
import { validateLimits } from './validate.js';
import { verifyLimits } from './verify-limits.js';
import { countedWriter } from './write-counts.js';
import { writerWith } from './write-once.js';
import { undoWrites, writePlan } from './write-plan.js';

export interface AppliedLimits {
  /** What of the limits this host cannot carry; the rest is in force. */
  readonly conditions: readonly Condition[];
}

/**
 * Changes limits of a cgroup in use. Validated whole against host and limits in force, then written; if one write is refused, or the state
 * asked for is not reached, what was written before is put back: all or nothing. Absent fields stay as they are. One at a time for a
 * cgroup: the caller keeps changes to the same one in a row. The deadline holds for the freezer and for each write that the kernel may
 * block in (the host's `blockingWrites`). `undefined`: the cgroup is gone.
 * Throws LimitError (nothing was written), LimitRefusedError, LimitDeadlineError, CgroupError.
 */
export async function applyLimits(set: CgroupSet, limits: Limits, options: FreezeOptions): Promise<AppliedLimits | undefined> {
  const asked = LIMIT_KEYS.filter((key) => limits[key] !== undefined);
  const current = readSlices(set, asked, pathFiles(set));
  // What stood in a foreign cgroup need not be what we would take from anybody: it is put back as it was.
  if (set.places === undefined) validateLimits(limits, set.host.facts, current);
  if (!cgroupExists(set)) return undefined;
  try {
    const { unified } = set.host;
    if (unified !== undefined && set.places === undefined)
      enableAbove(set.host, unified, cgroupDir(unified, set.path), askedControllers(limits));
    const { writes, conditions } = planChange(set, limits, current);
    const { blockingWrites, writes: counts } = set.host;
    const writer = countedWriter(writerWith(blockingWrites, options.deadlineMs ?? DEFAULT_DEADLINE_MS), counts);
    const undo = await writePlan(writes, (controller) => directoryOf(set, controller), options.signal, writer);
    try {
      await reach(set, limits.state, options);
    } catch (error) {
      await undoWrites(undo, writer);
      throw error;
    }
    return { conditions: [...conditions, ...verifyLimits(set, limits)] };
  } catch (error) {
    if (!cgroupExists(set)) return undefined;
    throw error;
  }
}

const DEFAULT_DEADLINE_MS = 10_000;

async function reach(set: CgroupSet, state: Limits['state'], options: FreezeOptions): Promise<void> {
  if (state === 'frozen') await freeze(set, options);
  if (state === 'thawed') await thaw(set, options);
}
