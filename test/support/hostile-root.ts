import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Teardown, tempDir } from './temp.js';

/** A directory with `root` (the rootfs) and `outside` (what an attacker aims at, with a file and a directory). */
export function hostileRoot(t: Teardown): { dir: string; root: string; outside: string } {
  const dir = tempDir(t);
  const [root, outside] = [join(dir, 'root'), join(dir, 'outside')];
  mkdirSync(root);
  mkdirSync(join(outside, 'sub'), { recursive: true });
  writeFileSync(join(outside, 'file'), 'host');
  return { dir, root, outside };
}

/** Fails when `outside` is no longer as it was made. */
export function assertUntouched(outside: string): void {
  assert.deepEqual(readdirSync(outside), ['file', 'sub']);
  assert.deepEqual(readdirSync(join(outside, 'sub')), []);
  assert.equal(readFileSync(join(outside, 'file'), 'utf8'), 'host');
}
