import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { unlessAbsent } from '#agent/processes/proc-files.js';
import { Fd } from '#native/fd.js';
import type { FoundNamespace } from './found.js';

/** O_PATH of open(2), which node:fs does not name. */
const O_PATH = 0o10000000;

/**
 * A namespace as an open file, through whatever keeps it: a process in it, an open file, a mount that one of `mountPids` sees.
 * Undefined when none of them is there any more (or leads somewhere else by now).
 */
export function openNamespace(procRoot: string, namespace: FoundNamespace, mountPids: ReadonlySet<number>): Fd | undefined {
  for (const path of ways(procRoot, namespace, mountPids)) {
    const number = unlessAbsent(() => openChecked(path, namespace.inode));
    if (number !== undefined) return new Fd(number, `${namespace.type}:[${namespace.inode}]`);
  }
  return undefined;
}

/** A pid may have died since: a few more are tried. */
const MOST_PIDS = 4;

function* ways(procRoot: string, { type, pids, holders }: FoundNamespace, mountPids: ReadonlySet<number>): Generator<string> {
  for (const pid of pids.slice(0, MOST_PIDS)) yield `${procRoot}/${pid}/ns/${type}`;
  for (const { kind, pid, fd, path } of holders)
    if (kind === 'mount') {
      if (mountPids.has(pid)) yield `${procRoot}/${pid}/root${path}`;
    } else yield kind === 'fd' ? `${procRoot}/${pid}/fd/${fd}` : `${procRoot}/${pid}/ns/${type}_for_children`;
}

/**
 * First without opening what is there (O_PATH has no side effects: a container may have put a device in the mount's place), then, once
 * it is seen to be the namespace, for reading.
 */
function openChecked(path: string, inode: number): number | undefined {
  const peek = openSync(path, O_PATH);
  try {
    if (fstatSync(peek).ino !== inode) return undefined;
    return openSync(`/proc/self/fd/${peek}`, constants.O_RDONLY);
  } finally {
    closeSync(peek);
  }
}
