import type { Pause } from '#agent/processes/pause.js';
import { linkText, namesIn } from '#agent/processes/proc-files.js';
import type { FoundNamespaces } from './found.js';

/** Adds the namespaces that processes hold open as files: `ip netns exec`'s parent, a runtime between clone and setns, us. */
export async function scanFds(procRoot: string, pids: readonly number[], found: FoundNamespaces, pause: Pause): Promise<void> {
  for (const pid of pids) {
    for (const fd of namesIn(`${procRoot}/${pid}/fd`)) {
      const link = linkText(`${procRoot}/${pid}/fd/${fd}`);
      const namespace = link === undefined ? undefined : found.atLink(link);
      namespace?.holders.push({ kind: 'fd', path: null, pid, fd: Number(fd) });
    }
    const waiting = pause();
    if (waiting !== undefined) await waiting;
  }
}
