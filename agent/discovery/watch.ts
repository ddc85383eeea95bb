import { statSync } from 'node:fs';
import { FAN_CREATE, FAN_DELETE, FAN_ONDIR, Fanotify } from '#native/fanotify.js';
import { KernelError } from '#native/kernel-error.js';
import type { Syscalls } from '#native/libc.js';
import type { CgroupHost, Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import type { KeyOf } from './tree.js';

/** A directory that was made in, or removed from, a cgroup; of both in a row the kernel tells at once, and not which came first. */
export interface DirectoryEvent {
  /** What the directory it was in is called by `keyOf`; undefined: the kernel lost events, look at everything. */
  parent: string | undefined;
  name: string;
  made: boolean;
  removed: boolean;
}

export interface DirectoryWatch {
  readonly keyOf: KeyOf;
  close(): void;
}

/**
 * Tells of every cgroup that anybody makes or removes, by fanotify on the cgroup filesystems. Answers why not where the kernel does not
 * have it (cgroup filesystems since 6.7) or does not let us (CAP_SYS_ADMIN): then only scans see them.
 */
export function watchDirectories(
  syscalls: Syscalls,
  host: CgroupHost,
  onEvents: (events: readonly DirectoryEvent[]) => void,
  onLost: (error: Error) => void,
): DirectoryWatch | { refused: string } {
  const filesystems = host.hierarchies.map(({ mount }) => mount);
  try {
    const fanotify = Fanotify.open(syscalls, {
      filesystems,
      mask: FAN_CREATE | FAN_DELETE | FAN_ONDIR,
      onEvents: (events) =>
        onEvents(
          events
            .filter(({ mask, overflow }) => overflow || (mask & FAN_ONDIR) !== 0)
            .map(({ dir, name, mask, overflow }) => ({
              parent: overflow ? undefined : dir,
              name,
              made: (mask & FAN_CREATE) !== 0,
              removed: (mask & FAN_DELETE) !== 0,
            })),
        ),
      onLost,
    });
    return { keyOf: keys(fanotify), close: () => fanotify.close() };
  } catch (error) {
    if (error instanceof KernelError) return { refused: error.message };
    throw error;
  }
}

/**
 * A cgroup directory's handle is its inode number (kernfs encode_fh), so a stat(2) that was made anyway tells its key; where that is not so
 * the kernel is asked for each.
 */
function keys(fanotify: Fanotify): KeyOf {
  const prefixes = new Map<Hierarchy, string | undefined>();
  return (hierarchy, path, inode) => {
    if (!prefixes.has(hierarchy)) prefixes.set(hierarchy, prefixOf(fanotify, hierarchy));
    const prefix = prefixes.get(hierarchy);
    return prefix === undefined ? fanotify.dirKey(`${hierarchy.mount}${path}`) : prefix + littleEndian(inode);
  };
}

function prefixOf(fanotify: Fanotify, { mount }: Hierarchy): string | undefined {
  const key = fanotify.dirKey(mount);
  const inode = statSync(mount, { bigint: true, throwIfNoEntry: false })?.ino;
  if (key === undefined || inode === undefined || !key.endsWith(littleEndian(inode))) return undefined;
  return key.slice(0, -16);
}

function littleEndian(inode: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(inode);
  return bytes.toString('hex');
}
