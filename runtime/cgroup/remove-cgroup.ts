import { rmdirSync } from 'node:fs';
import { KernelError } from '#native/kernel-error.js';
import { type CgroupHost, cgroupDir } from './cgroup-host.js';
import { checkCgroupPath } from './cgroup-path.js';
import { type CgroupSet, directories } from './cgroup-set.js';
import type { Clock } from './clock.js';
import { CgroupError } from './errors.js';
import { errnoOf } from './interface-file.js';
import { nestedCgroups, procsBelow } from './procs.js';

export interface RemoveOptions {
  clock: Clock;
  /** How long processes in it may take to be gone; 2 s unless told. */
  deadlineMs?: number;
}

const DEFAULT_DEADLINE_MS = 2000;

/**
 * Removes the cgroup from every hierarchy, and the cgroups nested in it first. Missing ones are fine. A process that was just killed stays
 * in its cgroup until it is reaped: EBUSY is tried again until the deadline, then CGROUP_BUSY names directory and processes.
 * Parents are left: see removeIfEmpty.
 */
export async function removeCgroup(set: CgroupSet, options: RemoveOptions): Promise<void> {
  const { clock, deadlineMs = DEFAULT_DEADLINE_MS } = options;
  const end = clock.nowMs() + deadlineMs;
  let left = directories(set).map(({ dir }) => dir);
  for (let pause = 1; ; pause = Math.min(pause * 2, 20)) {
    left = left.filter((dir) => !removeTree(dir));
    if (left.length === 0) return;
    if (clock.nowMs() >= end) throw busy(left, deadlineMs);
    await clock.sleep(pause);
  }
}

/** Removes a cgroup (a parent of ours) where it is empty, hierarchy by hierarchy; where something still is in it, it stays. */
export function removeIfEmpty(host: CgroupHost, path: string): void {
  for (const hierarchy of host.hierarchies) {
    const dir = cgroupDir(hierarchy, checkCgroupPath(path));
    if (removeDirectory(dir)) host.enabledBelow.delete(dir);
  }
}

/** False: something in it is busy. */
function removeTree(dir: string): boolean {
  if (removeDirectory(dir)) return true;
  for (const below of nestedCgroups(dir).toReversed()) removeDirectory(`${dir}/${below}`);
  return removeDirectory(dir);
}

function removeDirectory(dir: string): boolean {
  try {
    rmdirSync(dir);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code === 'EBUSY' || code === 'ENOTEMPTY') return false;
    throw new KernelError({ syscall: 'rmdir', target: dir, errno: errnoOf(error) }, error);
  }
}

function busy(left: readonly string[], deadlineMs: number): CgroupError {
  const pids = [...new Set(left.flatMap(procsBelow))];
  const who =
    pids.length === 0
      ? 'no process is visible from here'
      : `processes ${pids.slice(0, 8).join(', ')}${pids.length > 8 ? ' …' : ''}`;
  return new CgroupError(
    'CGROUP_BUSY',
    `rmdir ${left.join(', ')}: still busy after ${deadlineMs} ms (${who}); kill what runs in it first`,
  );
}
