import type { Syscalls } from '#native/libc.js';
import { spawn } from '#native/spawn.js';
import type { ChildReaper } from '#native/wait.js';
import type { Clock } from './clock.js';

export interface BlockingWritesOptions {
  /** The built tsgov-write. */
  path: string;
  syscalls: Syscalls;
  children: ChildReaper;
  clock: Clock;
}

/** Makes writes that may block in the kernel, each in a process of its own that can be killed. */
export interface BlockingWrites {
  /**
   * Writes `value`, and `after` once that was taken, even if this process is gone by then. Answers the errno (0: done), or `deadline` when the
   * kernel was not done by then: the writer is killed, and a kernel that can has given up the write, whose file then may say either value.
   */
  write(request: { path: string; value: string; after?: string }, deadlineMs: number): Promise<number | 'deadline'>;
  /** Whether a pid is, or a moment ago was, one of these writers: whoever hears of writes would take it for somebody else. */
  isWriter(pid: number): boolean;
}

/** How long a killed writer may take to end: reclaim looks for signals between batches, a migration of pages does not. */
const KILL_GRACE_MS = 1000;
const SIGKILL = 9;
/** Longer than news of a write is on its way. */
const REMEMBERED_MS = 1000;

export function openBlockingWrites({ path: program, syscalls, children, clock }: BlockingWritesOptions): BlockingWrites {
  /** Until when each is remembered. */
  const writers = new Map<number, number>();
  const forget = (): void => {
    for (const [pid, untilMs] of writers) if (untilMs < clock.nowMs()) writers.delete(pid);
  };
  return {
    isWriter(pid) {
      forget();
      return writers.has(pid);
    },
    async write({ path, value, after }, deadlineMs) {
      const argv = ['tsgov-write', path, value, ...(after === undefined ? [] : [after])];
      const pid = spawn(syscalls, { path: program, argv, fds: [] });
      writers.set(pid, Number.POSITIVE_INFINITY);
      const ended = children.watch(pid).finally(() => {
        forget();
        writers.set(pid, clock.nowMs() + REMEMBERED_MS);
      });
      const done = await within(ended, clock, deadlineMs);
      if (done !== undefined) return done.exitCode ?? 'deadline';
      // Not reaped yet, so the pid is still that process's.
      process.kill(pid, SIGKILL);
      // Done at the last moment is done.
      return (await within(ended, clock, KILL_GRACE_MS))?.exitCode ?? 'deadline';
    },
  };
}

async function within<T>(work: Promise<T>, clock: Clock, ms: number): Promise<T | undefined> {
  const stop = new AbortController();
  try {
    return await Promise.race([
      work,
      clock.sleep(ms, stop.signal).then(
        () => undefined,
        () => undefined,
      ),
    ]);
  } finally {
    stop.abort();
  }
}
