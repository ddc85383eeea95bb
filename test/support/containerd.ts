import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { becomes } from './eventually.js';
import { busyboxRoot } from './podman.js';
import { type Teardown, tempCgroupParent, tempDir } from './temp.js';

const run = promisify(execFile);
/** What a container needs none of, and some of which this kernel has not. */
const NOT_NEEDED = [
  'grpc.v1.cri',
  'snapshotter.v1.btrfs',
  'snapshotter.v1.devmapper',
  'snapshotter.v1.zfs',
  'snapshotter.v1.aufs',
];

/** A containerd of its own, which is stopped, and its containers before it, when the test ends. Its namespace is its cgroup parent. */
export class Containerd {
  readonly cgroupParent: string;
  readonly #socket: string;
  readonly #root: string;
  readonly #child: ChildProcess;
  readonly #ids: string[] = [];

  private constructor(child: ChildProcess, socket: string, root: string, cgroupParent: string) {
    this.#child = child;
    this.#socket = socket;
    this.#root = root;
    this.cgroupParent = cgroupParent;
  }

  static async start(t: Teardown): Promise<Containerd> {
    let daemon: Containerd | undefined;
    t.after(() => daemon?.stop());
    const dir = tempDir(t);
    const root = busyboxRoot(t);
    const socket = join(dir, 'containerd.sock');
    const plugins = NOT_NEEDED.map((name) => `"io.containerd.${name}"`).join(', ');
    const places = `version = 2\nroot = "${join(dir, 'data')}"\nstate = "${join(dir, 'state')}"\n`;
    writeFileSync(join(dir, 'config.toml'), `${places}disabled_plugins = [${plugins}]\n[grpc]\n  address = "${socket}"\n`);
    const child = spawn('containerd', ['-c', join(dir, 'config.toml')], { stdio: 'ignore' });
    daemon = new Containerd(child, socket, root, tempCgroupParent(t));
    const started = daemon;
    await becomes(
      'containerd answers',
      () =>
        existsSync(socket) &&
        started.#ctr('version').then(
          () => true,
          () => false,
        ),
    );
    return started;
  }

  /** Runs a container that sleeps. */
  async run(id: string, ...flags: readonly string[]): Promise<void> {
    this.#ids.push(id);
    await this.#ctr('run', '-d', '--rootfs', ...flags, this.#root, id, '/bin/sleep', '1000');
  }

  /** Ends one and removes it. */
  async remove(id: string): Promise<void> {
    await this.#ctr('tasks', 'rm', '-f', id).catch(() => undefined);
    await this.#ctr('containers', 'rm', id);
    this.#ids.splice(this.#ids.indexOf(id), 1);
  }

  async #ctr(...args: readonly string[]): Promise<string> {
    const place = ['-a', this.#socket, '-n', this.cgroupParent.slice(1)];
    return (await run('ctr', [...place, ...args], { timeout: 60_000 })).stdout.trim();
  }

  async stop(): Promise<void> {
    for (const id of [...this.#ids]) await this.remove(id);
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}
