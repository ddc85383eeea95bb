import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '#test/support/temp.js';

const PROGRAM = resolve(import.meta.dirname, '../../../native/tsgov-write');
const run = (...args: string[]) => spawnSync(PROGRAM, args).status;

test('writes the value, and then what comes after it', (t) => {
  const file = join(tempDir(t), 'file');
  writeFileSync(file, 'old');
  assert.equal(run(file, 'new'), 0);
  assert.equal(readFileSync(file, 'utf8'), 'new');
  assert.equal(run(file, 'one', 'two'), 0);
  assert.equal(readFileSync(file, 'utf8'), 'two');
});

test('nothing is a newline', (t) => {
  const file = join(tempDir(t), 'file');
  writeFileSync(file, 'x');
  assert.equal(run(file, ''), 0);
  assert.equal(readFileSync(file, 'utf8'), '\n');
});

test('the exit code is the errno of what was refused; no file is made', (t) => {
  const dir = tempDir(t);
  assert.equal(run(join(dir, 'missing'), '1'), constants.errno.ENOENT);
  assert.equal(existsSync(join(dir, 'missing')), false);
  mkdirSync(join(dir, 'directory'));
  assert.equal(run(join(dir, 'directory'), '1'), constants.errno.EISDIR);
  assert.equal(run('/proc/self/oom_score_adj', 'nonsense', '0'), constants.errno.EINVAL);
});

test('anything but two or three arguments is refused', () => {
  assert.equal(run(), 255);
  assert.equal(run('/dev/null'), 255);
  assert.equal(run('/dev/null', '1', '2', '3'), 255);
});
