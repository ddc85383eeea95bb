import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type CgroupSet, directories, directoryOf, joinFiles } from '#runtime/cgroup/cgroup-set.js';
import type { Controller } from '#runtime/cgroup/controller.js';
import type { Teardown } from './temp.js';

const FORKS = resolve(import.meta.dirname, '../../test-fixtures/forks');

/** A process in a cgroup, killed at the latest when the test ends. */
export interface Guest {
  child: ChildProcess;
  pid: number;
  /** Kills it and waits until it is reaped. */
  end(): Promise<void>;
}

/** `count` children of one process, all in the cgroup, that sleep or compute; resolves when they are there. */
export async function forksIn(t: Teardown, set: CgroupSet, count: number, what: 'sleep' | 'busy'): Promise<Guest> {
  if (!existsSync(FORKS)) throw new Error(`${FORKS} is not built: make -C test/fixtures`);
  const guest = guestIn(t, set, [FORKS, String(count), what]);
  await once(guest.child.stdout as NodeJS.ReadableStream, 'data');
  return guest;
}

/** A command that runs in the cgroup, in every hierarchy of it. */
export function guestIn(t: Teardown, set: CgroupSet, command: readonly string[], below = ''): Guest {
  const { v1Procs, v2Dir } = joinFiles(set);
  const inside = (file: string) => (below === '' ? file : file.replace(/\/cgroup\.procs$/, `/${below}/cgroup.procs`));
  const files = [...v1Procs, ...(v2Dir === undefined ? [] : [`${v2Dir}/cgroup.procs`])].map(inside);
  // The files come first and `--` ends them.
  const script = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 99; shift; done; shift; exec "$@"';
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...files, '--', ...command], { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  const end = async () => {
    child.stdin?.end();
    child.kill('SIGKILL');
    await exited;
  };
  t.after(end);
  return { child, pid: child.pid as number, end };
}

/** Whether it is in the cgroup in every hierarchy: it joins one after the other. */
export function hasJoined(set: CgroupSet, { pid }: Guest): boolean {
  return directories(set).every(({ dir }) => readFileSync(join(dir, 'cgroup.procs'), 'latin1').split('\n').includes(String(pid)));
}

/** What a guest printed on both outputs, and its exit code, once it has ended. */
export async function outcome({ child }: Guest): Promise<{ stdout: string; stderr: string; code: number | null }> {
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => (output.stdout += String(chunk)));
  child.stderr?.on('data', (chunk) => (output.stderr += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { ...output, code };
}

/** The kernel's own text of an interface file, by the name it has in the version that carries the controller here. */
export function kernelText(set: CgroupSet, controller: Controller, names: { v1: string; v2: string }): string {
  const dir = directoryOf(set, controller);
  if (dir === undefined) throw new Error(`no ${controller} on this host`);
  const version = set.host.carriers[controller]?.version;
  return readFileSync(`${dir}/${version === 1 ? names.v1 : names.v2}`, 'latin1').trim();
}
