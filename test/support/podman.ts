import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';
import { cgroupMode } from './requires.js';
import { type Teardown, tempCgroupParent, tempDir } from './temp.js';

const run = promisify(execFile);

export const BUSYBOX = '/bin/busybox';
/** Of every container of Podman here. */
export const PODMAN_COMMAND = ['/bin/sh', '-c', 'cat /proc/uptime; exec sleep 1000'];

function isRemoved(dir: string): boolean {
  try {
    rmSync(dir, { recursive: true, force: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    return false;
  }
}

/** A root directory with nothing but busybox as sh and sleep, for runtimes that are given one rather than an image. */
export function busyboxRoot(t: Teardown): string {
  const root = join(tempDir(t), 'root');
  for (const dir of ['bin', 'proc', 'dev', 'sys', 'etc', 'tmp', 'run']) mkdirSync(join(root, dir), { recursive: true });
  copyFileSync(BUSYBOX, join(root, 'bin/busybox'));
  for (const name of ['sh', 'sleep', 'cat', 'dd']) symlinkSync('busybox', join(root, 'bin', name));
  return root;
}

/** Podman on storage of its own, with no daemon, no network and no image; what it leaves is removed when the test ends. */
export class Podman {
  readonly cgroupParent: string;
  readonly #dir: string;
  readonly #root: string;
  readonly #names: string[] = [];

  constructor(t: Teardown) {
    t.after(() => this.#stop());
    this.#dir = tempDir(t);
    this.#root = busyboxRoot(t);
    this.cgroupParent = tempCgroupParent(t);
  }

  /** Runs a container that says when it began, as /proc/uptime has it, and sleeps; answers its id. */
  async run(name: string, ...flags: readonly string[]): Promise<string> {
    this.#names.push(name);
    const [soft, hard] = /^Max open files\s+(\d+)\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.slice(1) ?? [];
    const limits = ['--ulimit', `nofile=${soft}:${hard}`, '--ulimit', 'nproc=1000:1000', '--network', 'none'];
    const place = ['--cgroup-parent', this.cgroupParent, '--name', name];
    return this.ok('run', '-d', ...place, ...limits, ...flags, '--rootfs', this.#root, ...PODMAN_COMMAND);
  }

  /** When its first command ran, in epoch milliseconds, to a hundredth of a second. */
  async began(name: string): Promise<number> {
    const bootedMs = Date.now() - Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
    return bootedMs + Number((await this.ok('logs', name)).split(' ')[0]) * 1000;
  }

  /** `podman ARGS…`; rejects with what it said unless it succeeds. Answers stdout, trimmed. */
  async ok(...args: readonly string[]): Promise<string> {
    const dir = (name: string): string => join(this.#dir, name);
    const places = ['--root', dir('storage'), '--runroot', dir('run'), '--tmpdir', dir('tmp')];
    const ways = ['--cgroup-manager', 'cgroupfs', '--storage-driver', 'vfs', '--events-backend', 'none'];
    // crun refuses a hybrid host, runc not.
    const runtime = ['--runtime', cgroupMode() === 'v2' && existsSync('/usr/bin/crun') ? 'crun' : 'runc'];
    const { stdout } = await run('podman', [...places, ...ways, ...runtime, ...args], { timeout: 120_000 });
    return stdout.trim();
  }

  async #stop(): Promise<void> {
    for (const name of this.#names) await this.ok('rm', '-f', '-i', '-t', '0', name);
    // The cleaning up that conmon starts at a container's end may still be at it, and makes directories anew.
    await eventually(() => isRemoved(this.#dir));
  }
}
