import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TsgovError } from '#native/tsgov-error.js';
import { nestedCgroups, procsBelow } from '#runtime/cgroup/procs.js';
import type { RuntimeHost } from './host.js';
import { signalListed } from './signal-listed.js';

const SIGKILL = 9;
/** How long to wait between looks: a killed process needs its memory freed first. */
const FIRST_LOOK_MSEC = 1;
const LAST_LOOK_MSEC = 20;

export interface KillAllRequest {
  /** The container's cgroup directories, v1 and v2; nested cgroups count. Missing ones are fine. */
  dirs: readonly string[];
  deadlineMsec: number;
  /** True once those meant have ended: what is in the cgroups from then on (a next run of the container) is left alone. */
  over?: () => boolean;
}

/** Processes that did not die in time; the message names them and what they wait for. */
export class KillError extends TsgovError<'DEADLINE'> {}

/**
 * Kills every process in the given cgroups and resolves when they are empty. v2 has cgroup.kill (one write for the whole subtree, fork
 * bombs included, Linux 5.14); what is left, and v1, is killed by pidfd until nothing is there. Whatever is frozen is thawed after the
 * signal is there, so it dies without running on. Sources: cgroup-v2.rst "cgroup.kill", cgroup-v1/freezer-subsystem.rst. Errors: KillError
 * (DEADLINE), KernelError of pidfd_send_signal, SystemError of the files.
 */
export async function killAll(request: KillAllRequest, host: RuntimeHost): Promise<void> {
  const { clock } = host;
  const deadline = clock.nowMs() + request.deadlineMsec;
  for (let wait = FIRST_LOOK_MSEC; ; wait = Math.min(2 * wait, LAST_LOOK_MSEC)) {
    if (request.over?.() === true || allProcs(request.dirs).length === 0) return;
    for (const dir of request.dirs) writeIfThere(join(dir, 'cgroup.kill'), '1');
    signalListed(host.syscalls, allProcs(request.dirs), () => allProcs(request.dirs), SIGKILL);
    for (const dir of request.dirs) thaw(dir);
    if (clock.nowMs() >= deadline) throw tooLate(request, allProcs(request.dirs), host.procRoot);
    await clock.sleep(wait);
  }
}

/** v1: a frozen task takes its SIGKILL only when it is thawed. v2 kills frozen ones as they are. */
function thaw(top: string): void {
  for (const dir of [top, ...nestedCgroups(top).map((below) => join(top, below))]) {
    const file = join(dir, 'freezer.state');
    if ((readIfThere(file) ?? 'THAWED\n') !== 'THAWED\n') writeIfThere(file, 'THAWED');
  }
}

/** Every pid once. */
function allProcs(dirs: readonly string[]): number[] {
  return [...new Set(dirs.flatMap(procsBelow))];
}

function tooLate(request: KillAllRequest, pids: readonly number[], procRoot: string): KillError {
  const named = pids.slice(0, 5).map((pid) => {
    const stat = readIfThere(join(procRoot, String(pid), 'stat')) ?? '';
    const comm = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    return `${pid} (${comm}, state ${stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '?'})`;
  });
  const more = pids.length > named.length ? ` and ${pids.length - named.length} more` : '';
  return new KillError(
    'DEADLINE',
    `kill all in ${request.dirs[0] ?? ''}: ${named.join(', ')}${more} still there after ${request.deadlineMsec} ms; state D waits in the kernel, often for a disk or a network file system`,
  );
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function writeIfThere(path: string, text: string): void {
  try {
    // No O_CREAT: cgroupfs refuses it with EACCES, and a file must not appear where there is no cgroup.
    writeFileSync(path, text, { flag: 'r+' });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** A cgroup removed meanwhile (ENOENT by path, ENODEV through an open file), a process ended (ESRCH). */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENODEV', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');
}
