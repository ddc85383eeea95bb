import { mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupMounts } from './cgroup-trees.js';

/** The part of node:test's context that teardown needs: `after(work)` of a TestContext or of a suite. */
export interface Teardown {
  after(work: () => void | Promise<void>): void;
}

let count = 0;

/** A new empty directory, removed with all it holds when the test ends. */
export function tempDir(t: Teardown, prefix = 'tsgov-test-'): string {
  const dir = mkdtempSync(join(tmpdir(), prefix));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A name no other test or process uses: `tsgov-test-<pid>-<n>`. */
export function uniqueName(): string {
  count += 1;
  return `tsgov-test-${process.pid}-${count}`;
}

/**
 * A `--cgroup-parent` of this test's own (`/tsgov-test-<pid>-<n>`). When the test ends, what still runs in it is killed and the
 * cgroups are removed in every hierarchy; it is an error when that does not work within 30 s.
 */
export function tempCgroupParent(t: Teardown): string {
  const parent = `/${uniqueName()}`;
  t.after(() => removeCgroups(parent));
  return parent;
}

async function removeCgroups(parent: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (const { dir } of cgroupMounts()) {
    const root = join(dir, parent);
    for (;;) {
      const left = subtree(root);
      if (left.length === 0) break;
      for (const each of left) tryRemove(each);
      if (performance.now() > deadline) throw new Error(`${root} could not be removed within 30 s`);
      if (subtree(root).length > 0) await sleep(10);
    }
  }
}

/** The directory and all below it, deepest first; empty when it is not there. */
function subtree(dir: string): string[] {
  try {
    const below = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...below.flatMap((entry) => subtree(join(dir, entry.name))), dir];
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function tryRemove(dir: string): void {
  try {
    for (const pid of readFileSync(join(dir, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))
      process.kill(Number(pid), 'SIGKILL');
    rmdirSync(dir);
  } catch (error) {
    // Gone already, or its processes are still dying: the caller looks again.
    if (!isGone(error) && (error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
  }
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'ENODEV'].includes((error as NodeJS.ErrnoException).code ?? '');
}
