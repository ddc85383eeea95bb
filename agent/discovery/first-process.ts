import { join } from 'node:path';
import { readText } from './read-files.js';
import type { ParentProcess } from './runtime.js';

/** Of some processes the one that none of them started; undefined: all are gone. */
export function firstProcess(procRoot: string, pids: readonly number[]): number | undefined {
  const all = new Set(pids);
  let first: number | undefined;
  for (const pid of pids) {
    const parent = parentPid(procRoot, pid);
    if (parent === undefined) continue;
    if (!all.has(parent)) return pid;
    first ??= pid;
  }
  return first;
}

/** Who started a process (or took it over); undefined: it is gone, or nobody in this pid namespace. */
export function parentOf(procRoot: string, pid: number): ParentProcess | undefined {
  const parent = parentPid(procRoot, pid);
  if (parent === undefined || parent === 0) return undefined;
  const comm = readText(join(procRoot, String(parent), 'comm'))?.trim();
  const cmdline = readText(join(procRoot, String(parent), 'cmdline'));
  return comm === undefined ? undefined : { pid: parent, comm, args: (cmdline ?? '').split('\0').filter(Boolean) };
}

/** When a process started, in clock ticks since the machine did; undefined: it is gone. Source: proc_pid_stat(5), field 22. */
export function startTicks(procRoot: string, pid: number): number | undefined {
  return statField(procRoot, pid, 22);
}

function parentPid(procRoot: string, pid: number): number | undefined {
  return statField(procRoot, pid, 4);
}

/** The command is in parentheses and may hold anything. */
function statField(procRoot: string, pid: number, field: number): number | undefined {
  const stat = readText(join(procRoot, String(pid), 'stat'));
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[field - 3]);
}
