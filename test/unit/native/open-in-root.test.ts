import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadReadInRoot } from '#native/open-in-root.js';
import { requires } from '#test/support/requires.js';
import { tempDir } from '#test/support/temp.js';

test('a file below a root: links stay inside, whatever they say', async (t) => {
  const read = await loadReadInRoot();
  const root = tempDir(t);
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/real'), 'inside');
  symlinkSync('/etc/real', join(root, 'absolute'));
  symlinkSync('../../../../etc/real', join(root, 'etc/up'));
  symlinkSync('/etc/passwd', join(root, 'etc/passwd'));
  symlinkSync('loop', join(root, 'loop'));
  for (const path of ['etc/real', 'absolute', 'etc/up', '/etc/real', '../../etc/real'])
    assert.equal(read(root, path, 100), 'inside', path);
  // The host has /etc/passwd, this root has not.
  for (const path of ['etc/passwd', 'loop', 'nothing', 'etc/real/x', 'etc'])
    assert.equal(read(root, path, 1 << 20), undefined, path);
  assert.equal(read(root, 'etc/real', 5), undefined);
  assert.equal(read(join(root, 'gone'), 'etc/real', 100), undefined);
});

test('a FIFO nobody writes to does not stop us, a device is not opened', requires({ root: true }), async (t) => {
  const read = await loadReadInRoot();
  const root = tempDir(t);
  execFileSync('mkfifo', [join(root, 'fifo')]);
  execFileSync('mknod', [join(root, 'zero'), 'c', '1', '5']);
  assert.equal(read(root, 'fifo', 100), undefined);
  assert.equal(read(root, 'zero', 100), undefined);
});

test('nothing is read from another mount below', requires({ root: true }), async (t) => {
  const read = await loadReadInRoot();
  const root = mkdtempSync(join(tmpdir(), 'tsgov-test-'));
  mkdirSync(join(root, 'below'));
  execFileSync('mount', ['-t', 'tmpfs', 'tsgov-test', join(root, 'below')]);
  t.after(() => {
    execFileSync('umount', [join(root, 'below')]);
    rmSync(root, { recursive: true });
  });
  writeFileSync(join(root, 'below/file'), 'x');
  assert.equal(read(root, 'below/file', 100), undefined);
  assert.equal(read(join(root, 'below'), 'file', 100), 'x');
});
