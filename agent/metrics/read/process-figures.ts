import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** States of tasks as cAdvisor calls them; what waits for a disk is not told apart from what cannot be interrupted otherwise. */
export const TASK_STATES = ['running', 'sleeping', 'stopped', 'uninterruptible'] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** What is counted process by process. */
export interface ProcessFigures {
  openFiles: number;
  sockets: number;
  states: Readonly<Record<TaskState, number>>;
}

/** Open files and tasks of these processes; those that are gone meanwhile count as nothing. Sources: proc_pid_fd(5), proc_pid_stat(5). */
export function readProcessFigures(procRoot: string, pids: readonly number[]): ProcessFigures {
  const states: Record<TaskState, number> = { running: 0, sleeping: 0, stopped: 0, uninterruptible: 0 };
  let openFiles = 0;
  let sockets = 0;
  for (const pid of pids) {
    const dir = join(procRoot, String(pid));
    for (const fd of list(join(dir, 'fd'))) {
      openFiles += 1;
      if (linkOf(join(dir, 'fd', fd)).startsWith('socket:')) sockets += 1;
    }
    for (const task of list(join(dir, 'task'))) {
      const state = STATE_OF[stateLetter(join(dir, 'task', task, 'stat'))];
      if (state !== undefined) states[state] += 1;
    }
  }
  return { openFiles, sockets, states };
}

const STATE_OF: Readonly<Record<string, TaskState>> = {
  R: 'running',
  S: 'sleeping',
  I: 'sleeping',
  D: 'uninterruptible',
  T: 'stopped',
  t: 'stopped',
};

/** EACCES: one that hides itself (prctl PR_SET_DUMPABLE) in a user namespace that is not ours. */
const GONE = new Set(['ENOENT', 'ESRCH', 'EACCES']);

function list(dir: string): string[] {
  return orNothing(() => readdirSync(dir)) ?? [];
}

function linkOf(path: string): string {
  return orNothing(() => readlinkSync(path)) ?? '';
}

/** The third field; the second, its name, may have blanks and parentheses of its own. */
function stateLetter(path: string): string {
  const stat = orNothing(() => readFileSync(path, 'latin1')) ?? '';
  return stat.charAt(stat.lastIndexOf(')') + 2);
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
