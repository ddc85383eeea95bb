import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessView } from '#agent/contract/container.js';

/** USER_HZ, which is 100 on every architecture Node runs on (time(7), sysconf(3) _SC_CLK_TCK). */
const TICK_USEC = 10_000;

/**
 * The processes of a container as /proc shows them, by pid. Those that end meanwhile are left out. `init` is the container's first
 * process, whose pid namespace says which pid a process has inside (null when that is the host's).
 */
export function processViews(procRoot: string, pids: readonly number[], init: number): ProcessView[] {
  const level = namespacedPids(readStatus(procRoot, init)).length - 1;
  const views: ProcessView[] = [];
  for (const pid of [...pids].sort((a, b) => a - b)) {
    const view = processView(procRoot, pid, level);
    if (view !== undefined) views.push(view);
  }
  return views;
}

function processView(procRoot: string, pid: number, level: number): ProcessView | undefined {
  const status = readStatus(procRoot, pid);
  const stat = readIfAlive(join(procRoot, String(pid), 'stat'));
  const cmdline = readIfAlive(join(procRoot, String(pid), 'cmdline'));
  if (status.size === 0 || stat === undefined || cmdline === undefined) return undefined;
  // proc_pid_stat(5): the command is in parentheses and may hold anything; fields 14 and 15 are utime and stime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const args = cmdline.split('\0').filter((arg, index, all) => arg !== '' || index < all.length - 1);
  return {
    pid,
    containerPid: level > 0 ? (namespacedPids(status)[level] ?? null) : null,
    ppid: Number(fields[1]),
    user: Number(status.get('Uid')?.split('\t')[1]),
    state: fields[0] ?? '?',
    threads: Number(status.get('Threads')),
    rssBytes: Number.parseInt(status.get('VmRSS') ?? '0', 10) * 1024,
    cpuUsec: (Number(fields[11]) + Number(fields[12])) * TICK_USEC,
    command: args.length > 0 ? args.join(' ') : `[${status.get('Name') ?? ''}]`,
  };
}

/** Pid in each namespace from ours down (proc_pid_status(5), NSpid). */
function namespacedPids(status: ReadonlyMap<string, string>): number[] {
  return (status.get('NSpid') ?? '').split('\t').filter(Boolean).map(Number);
}

function readStatus(procRoot: string, pid: number): Map<string, string> {
  const text = readIfAlive(join(procRoot, String(pid), 'status')) ?? '';
  return new Map(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
}

function readIfAlive(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
