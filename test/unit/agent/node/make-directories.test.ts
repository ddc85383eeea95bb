import assert from 'node:assert/strict';
import { existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDirectories, removeDirectories } from '#agent/node/make-directories.js';
import { tempDir } from '#test/support/temp.js';

test('what is missing is made with its mode, and only that can be taken back', (t) => {
  const dir = tempDir(t);
  const made = makeDirectories(join(dir, 'a/b/c'), 0o711);
  assert.deepEqual(made, [join(dir, 'a'), join(dir, 'a/b'), join(dir, 'a/b/c')]);
  assert.equal(statSync(join(dir, 'a/b')).mode & 0o777, 0o711);
  assert.deepEqual(makeDirectories(join(dir, 'a/b/c'), 0o711), []);
  writeFileSync(join(dir, 'a/b/kept'), '');
  removeDirectories(made);
  assert.equal(existsSync(join(dir, 'a/b/c')), false);
  assert.equal(existsSync(join(dir, 'a/b/kept')), true);
});

test('below /proc and /sys it is refused, not tried for ever', () => {
  assert.throws(() => makeDirectories('/proc/nope/state', 0o711), { code: 'ENOENT' });
  assert.throws(() => makeDirectories('/proc/self/nope', 0o711), { code: 'ENOENT' });
  assert.throws(() => makeDirectories('/sys/nope/state', 0o711), { code: /^(EPERM|EACCES|EROFS)$/ });
});

test('a file in the way is said, and what was made before it is gone again', (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'file'), '');
  assert.throws(() => makeDirectories(join(dir, 'file/below'), 0o711), { code: 'ENOTDIR' });
  assert.throws(() => makeDirectories(join(dir, 'file'), 0o711), { code: 'EEXIST' });
  symlinkSync('nowhere', join(dir, 'dangling'));
  assert.throws(() => makeDirectories(join(dir, 'dangling/below'), 0o711), { code: /^(EEXIST|ENOENT)$/ });
});
