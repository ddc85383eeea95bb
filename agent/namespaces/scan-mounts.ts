import type { Pause } from '#agent/processes/pause.js';
import { procText } from '#agent/processes/proc-files.js';
import { parseMountinfo } from '#runtime/cgroup/mountinfo.js';
import type { FoundNamespaces } from './found.js';

/**
 * Adds the namespaces that are bind-mounted somewhere (`ip netns add`, `unshare --net=FILE`, Docker's /run/docker/netns): the mounts
 * of every distinct mount namespace found so far, as its first process sees them. Source: proc_pid_mountinfo(5).
 */
export async function scanMounts(procRoot: string, found: FoundNamespaces, pause: Pause): Promise<void> {
  const namespaces = [...found.byInode.values()].filter(({ type, pids }) => type === 'mnt' && pids.length > 0);
  for (const { pids } of namespaces) {
    addMounts(procRoot, pids, found);
    const waiting = pause();
    if (waiting !== undefined) await waiting;
  }
}

/** The first of the processes may be gone by now: then the next one tells. */
function addMounts(procRoot: string, pids: readonly number[], found: FoundNamespaces): void {
  for (const pid of pids) {
    const text = procText(`${procRoot}/${pid}/mountinfo`);
    if (text === undefined || text === '') continue;
    const lines = text.split('\n').filter((line) => line.includes(' - nsfs '));
    for (const { root, mountPoint } of parseMountinfo(lines.join('\n'))) {
      found.atLink(root)?.holders.push({ kind: 'mount', path: mountPoint, pid, fd: null });
    }
    return;
  }
}
