import { readlinkSync } from 'node:fs';
import { join } from 'node:path';

const TYPES = ['mnt', 'pid', 'net', 'ipc', 'uts', 'user', 'cgroup', 'time'] as const;

/** Namespace type → inode of a process, from its `/proc/<pid>/ns` links (namespaces(7)); a type the kernel lacks is absent. */
export function namespacesOf(procRoot: string, pid: number): Record<string, number> {
  const inodes: Record<string, number> = {};
  for (const type of TYPES) {
    const inode = namespaceInode(procRoot, pid, type);
    if (inode !== undefined) inodes[type] = inode;
  }
  return inodes;
}

/** The inode of one namespace of a process; undefined when the process or the type is not there. */
export function namespaceInode(procRoot: string, pid: number | 'self', type: (typeof TYPES)[number]): number | undefined {
  try {
    const [, inode] = /\[(\d+)\]$/.exec(readlinkSync(join(procRoot, String(pid), 'ns', type))) ?? [];
    return inode === undefined ? undefined : Number(inode);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
