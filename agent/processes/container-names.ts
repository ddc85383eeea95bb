import type { ReadInRoot } from '#native/open-in-root.js';
import { parseMountinfo } from '#runtime/cgroup/mountinfo.js';
import { procText } from './proc-files.js';
import { parsePasswd } from './users.js';

/**
 * Filesystems of the kernel's own. From others (FUSE, a network's) nothing is read: who serves them may be the container itself, and
 * a read that is never answered would stop the agent.
 */
const LOCAL = new Set([
  'overlay',
  'ext2',
  'ext3',
  'ext4',
  'xfs',
  'btrfs',
  'tmpfs',
  'rootfs',
  'ramfs',
  'zfs',
  'f2fs',
  'erofs',
  'squashfs',
]);
const LONGEST_BYTES = 1 << 20;

/** Uid → name as the container of a process has it in its own /etc/passwd; empty where there is none to be read safely. */
export function containerUserNames(procRoot: string, pid: number, readInRoot: ReadInRoot): ReadonlyMap<number, string> {
  const text = procText(`${procRoot}/${pid}/mountinfo`);
  if (text === undefined) return new Map();
  const root = parseMountinfo(text).findLast(({ mountPoint }) => mountPoint === '/');
  if (root === undefined || !LOCAL.has(root.fsType)) return new Map();
  return parsePasswd(readInRoot(`${procRoot}/${pid}/root`, 'etc/passwd', LONGEST_BYTES) ?? '');
}
