import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeFileAtomic } from '#agent/store/atomic-write.js';
import { onDisk } from '#agent/store/on-disk.js';
import { KernelError } from '#native/kernel-error.js';
import { tempDir } from '#test/support/temp.js';

test('a full disk names the call, the path and the remedy', () => {
  assert.throws(
    () => onDisk('/data/x', () => writeFileSync('/dev/full', 'a')),
    (error: unknown) =>
      error instanceof KernelError &&
      error.errnoName === 'ENOSPC' &&
      error.message === 'write /data/x: ENOSPC (its disk is full: free space or inodes there)',
  );
});

test('a refusal of a directory too, and what is no refusal of the kernel passes as it is', () => {
  assert.throws(() => onDisk('/proc/nope', () => mkdirSync('/proc/nope')), {
    message: 'mkdir /proc/nope: ENOENT',
    code: 'KERNEL',
  });
  const bug = new TypeError('bug');
  assert.throws(
    () =>
      onDisk('/x', () => {
        throw bug;
      }),
    (error) => error === bug,
  );
  assert.equal(
    onDisk('/x', () => 5),
    5,
  );
});

test('a replacement that fails leaves the old file and nothing else', (t) => {
  const dir = tempDir(t);
  const path = join(dir, 'file');
  mkdirSync(path);
  assert.throws(() => writeFileAtomic(path, 'new'), { code: 'KERNEL', message: /^rename .*\/file: EISDIR/ });
  assert.equal(existsSync(`${path}.tmp`), false);
  writeFileAtomic(join(dir, 'other'), 'a');
  assert.equal(readFileSync(join(dir, 'other'), 'utf8'), 'a');
});
