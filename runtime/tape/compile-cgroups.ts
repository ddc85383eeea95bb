import { join } from 'node:path';
import type { TapeBuilder } from './compile-builder.js';
import type { CgroupPlacement } from './compile-context.js';
import { OPEN_FLAGS } from './kernel-words.js';

const ORIGIN = 'linux.cgroupsPath';

export interface OpenCgroups {
  v1: number[];
  v2: number | undefined;
}

/**
 * Parent half: hold the files the child joins by, by the node's paths. v1 takes `tasks`: the child is a single thread, and unlike
 * cgroup.procs it needs no lock on all of the node's thread groups, which waits for an RCU grace period.
 */
export function openCgroups(tape: TapeBuilder, placement: CgroupPlacement): OpenCgroups {
  const open = (path: string, flags: number): number => {
    const out = tape.slot(ORIGIN);
    tape.add(ORIGIN, { op: 'open', dir: undefined, path, flags, mode: 0, resolve: 0, out });
    return out;
  };
  return {
    v1: placement.v1.map(({ dir }) => open(join(dir, 'tasks'), OPEN_FLAGS.O_WRONLY)),
    v2: placement.v2Dir === undefined ? undefined : open(placement.v2Dir, OPEN_FLAGS.O_PATH),
  };
}

/** Child half, first thing: into its cgroup in every v1 hierarchy (it is in the v2 one since the clone). */
export function joinCgroups(tape: TapeBuilder, cgroups: OpenCgroups): void {
  for (const slot of cgroups.v1) {
    tape.add(ORIGIN, { op: 'write', fd: slot, data: Buffer.from('0') });
    tape.close(ORIGIN, slot);
  }
  if (cgroups.v2 !== undefined) tape.close(ORIGIN, cgroups.v2);
}
