import { NAMESPACE_TYPES } from '#agent/contract/namespace-types.js';
import type { Pause } from '#agent/processes/pause.js';
import { linkText } from '#agent/processes/proc-files.js';
import type { FoundNamespaces } from './found.js';
import { type NamespaceId, parseNamespaceLink } from './link.js';

/** Where a process that called unshare(2) says what its children will be in. */
const FOR_CHILDREN = ['pid', 'time'] as const;

/** Adds the namespaces each process is in, and those its children will be in. One that ends meanwhile is left out. */
export async function scanProcesses(
  procRoot: string,
  pids: readonly number[],
  found: FoundNamespaces,
  pause: Pause,
): Promise<void> {
  for (const pid of pids) {
    const own = new Map<string, number>();
    for (const type of NAMESPACE_TYPES) {
      const id = namespaceAt(`${procRoot}/${pid}/ns/${type}`);
      if (id === undefined) continue;
      own.set(type, id.inode);
      found.at(id).pids.push(pid);
    }
    // A process whose namespaces cannot be read, or that is gone, has none for its children either.
    if (own.size > 0)
      for (const type of FOR_CHILDREN) {
        const id = namespaceAt(`${procRoot}/${pid}/ns/${type}_for_children`);
        if (id !== undefined && id.inode !== own.get(type))
          found.at(id).holders.push({ kind: 'children', path: null, pid, fd: null });
      }
    const waiting = pause();
    if (waiting !== undefined) await waiting;
  }
}

function namespaceAt(path: string): NamespaceId | undefined {
  const link = linkText(path);
  return link === undefined ? undefined : parseNamespaceLink(link);
}
