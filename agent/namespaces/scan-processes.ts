import { NAMESPACE_TYPES } from '#agent/contract/namespace-types.js';
import type { Pause } from '#agent/processes/pause.js';
import { linkText } from '#agent/processes/proc-files.js';
import type { FoundNamespace, FoundNamespaces } from './found.js';

/** Where a process that called unshare(2) says what its children will be in. */
const FOR_CHILDREN = ['pid', 'time'] as const;

/** Adds the namespaces each process is in, and those its children will be in. One that ends meanwhile is left out. */
export async function scanProcesses(
  procRoot: string,
  pids: readonly number[],
  found: FoundNamespaces,
  pause: Pause,
): Promise<void> {
  const at = (path: string): FoundNamespace | undefined => {
    const link = linkText(path);
    return link === undefined ? undefined : found.atLink(link);
  };
  for (const pid of pids) {
    const own = new Set<FoundNamespace>();
    const dir = `${procRoot}/${pid}/ns/`;
    for (const type of NAMESPACE_TYPES) {
      const namespace = at(dir + type);
      if (namespace === undefined) continue;
      own.add(namespace);
      namespace.pids.push(pid);
    }
    // A process whose namespaces cannot be read, or that is gone, has none for its children either.
    if (own.size > 0)
      for (const type of FOR_CHILDREN) {
        const namespace = at(`${dir}${type}_for_children`);
        if (namespace !== undefined && !own.has(namespace))
          namespace.holders.push({ kind: 'children', path: null, pid, fd: null });
      }
    const waiting = pause();
    if (waiting !== undefined) await waiting;
  }
}
