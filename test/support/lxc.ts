import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupMounts } from './cgroup-trees.js';
import { busyboxRoot } from './podman.js';
import { type Teardown, tempDir } from './temp.js';

/** An LXC container with a hand-made configuration; ended when the test is. */
export class Lxc {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    this.#exited = once(child, 'exit');
  }

  static start(t: Teardown, name: string): Lxc {
    let container: Lxc | undefined;
    const leftovers = pivots();
    t.after(async () => {
      await container?.end();
      removePivots(leftovers);
    });
    const lxcPath = tempDir(t);
    mkdirSync(join(lxcPath, name));
    const file = join(lxcPath, name, 'config');
    const lines = [`lxc.uts.name = ${name}`, `lxc.rootfs.path = dir:${busyboxRoot(t)}`, 'lxc.net.0.type = empty'];
    writeFileSync(file, `${[...lines, 'lxc.apparmor.profile = unconfined'].join('\n')}\n`);
    const args = ['-P', lxcPath, '-n', name, '-f', file, '--', '/bin/sleep', '1000'];
    container = new Lxc(name, spawn('lxc-execute', args, { stdio: 'ignore' }));
    return container;
  }

  async end(): Promise<void> {
    // It hands the signal on to the container's first process, which has no handler for others.
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#exited;
    clearTimeout(timer);
  }
}

/** LXC moves its monitor to `lxc.pivot` to remove its own cgroup, and leaves that one behind. */
function pivots(): Set<string> {
  const found = cgroupMounts().flatMap(({ dir }) =>
    readdirSync(dir)
      .filter((name) => name.startsWith('lxc.pivot'))
      .map((name) => join(dir, name)),
  );
  return new Set(found);
}

function removePivots(before: ReadonlySet<string>): void {
  for (const dir of pivots()) if (!before.has(dir) && existsSync(dir)) rmdirSync(dir);
}
