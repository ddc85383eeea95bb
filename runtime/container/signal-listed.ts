import type { Fd } from '#native/fd.js';
import type { Syscalls } from '#native/libc.js';
import { openPidfd, signalPidfd } from '#native/pidfd.js';

/** Each is a descriptor, of which a process has a thousand at least; a fork bomb has more processes. */
const AT_ONCE = 256;

/**
 * Sends a signal to those of these processes that `listed` names once their pidfds are open: each is that process or one newer in the same
 * place, never a stranger. A reused pid is not listed, and a pidfd whose process has ended reaches nobody. Errors: KernelError of
 * pidfd_open and pidfd_send_signal.
 */
export function signalListed(syscalls: Syscalls, pids: readonly number[], listed: () => Iterable<number>, signal: number): void {
  for (let from = 0; from < pids.length; from += AT_ONCE) {
    const opened: { pid: number; pidfd: Fd }[] = [];
    try {
      for (const pid of pids.slice(from, from + AT_ONCE)) {
        const pidfd = openPidfd(syscalls, pid);
        if (pidfd !== undefined) opened.push({ pid, pidfd });
      }
      const there = new Set(listed());
      for (const { pid, pidfd } of opened) if (there.has(pid)) signalPidfd(syscalls, pidfd, signal);
    } finally {
      for (const { pidfd } of opened) pidfd.close();
    }
  }
}
