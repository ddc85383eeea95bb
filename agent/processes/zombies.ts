import type { Pause } from './pause.js';
import { namesIn, procText } from './proc-files.js';
import { parseStat } from './stat.js';

/**
 * These processes and their children that ended and nobody waits for, ascending: the kernel leaves zombies out of cgroup.procs.
 * Source: proc_tid_children(5).
 */
export async function withZombies(procRoot: string, pids: readonly number[], pause: Pause): Promise<number[]> {
  const all = new Set(pids);
  for (const pid of pids) {
    for (const tid of namesIn(`${procRoot}/${pid}/task`))
      for (const child of childrenOf(procRoot, pid, tid)) if (!all.has(child) && isZombie(procRoot, child)) all.add(child);
    const waiting = pause();
    if (waiting !== undefined) await waiting;
  }
  return [...all].sort((a, b) => a - b);
}

function childrenOf(procRoot: string, pid: number, tid: string): number[] {
  const text = procText(`${procRoot}/${pid}/task/${tid}/children`) ?? '';
  return text.split(' ').filter(Boolean).map(Number);
}

function isZombie(procRoot: string, pid: number): boolean {
  const text = procText(`${procRoot}/${pid}/stat`);
  return text !== undefined && text !== '' && parseStat(text).state === 'Z';
}
