import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readFileInRoot } from '#runtime/spec/rootfs-files.js';
import { tempDir } from '#test/support/temp.js';

test('a file is found through links, all of them inside the root', (t) => {
  const base = tempDir(t);
  const root = join(base, 'root');
  mkdirSync(join(root, 'etc/real'), { recursive: true });
  writeFileSync(join(base, 'passwd'), 'outside');
  writeFileSync(join(root, 'etc/real/passwd'), 'inside');
  writeFileSync(join(root, 'passwd'), 'top');
  symlinkSync('real/passwd', join(root, 'etc/relative'));
  symlinkSync('/etc/real/passwd', join(root, 'etc/absolute'));
  symlinkSync('../../../../../passwd', join(root, 'etc/up'));
  symlinkSync('/etc/real', join(root, 'dir'));
  symlinkSync('loop', join(root, 'loop'));
  symlinkSync(base, join(root, 'host'));
  const read = (path: string) => readFileInRoot(root, path);
  for (const path of ['/etc/real/passwd', '/etc/relative', '/etc/absolute', '/dir/passwd', 'dir/./passwd', '/dir/../real/passwd'])
    assert.equal(read(path), 'inside', path);
  for (const path of ['/etc/up', '/../passwd', '/etc/../../../passwd']) assert.equal(read(path), 'top', path);
  for (const path of ['/loop', '/host/passwd', '/nope', '/passwd/x', '/etc', '/']) assert.equal(read(path), undefined, path);
});

test('what is no regular file, or too big, is not read; nothing is left open', (t) => {
  const root = tempDir(t);
  assert.equal(spawnSync('mkfifo', [join(root, 'fifo')]).status, 0);
  assert.equal(spawnSync('mknod', [join(root, 'null'), 'c', '1', '3']).status, 0);
  writeFileSync(join(root, 'big'), 'x'.repeat(100));
  const before = readdirSync('/proc/self/fd').length;
  for (const path of ['/fifo', '/null', '/no/such']) assert.equal(readFileInRoot(root, path), undefined);
  assert.equal(readFileInRoot(root, '/big', 99), undefined);
  assert.equal(readFileInRoot(root, '/big', 100)?.length, 100);
  assert.equal(readdirSync('/proc/self/fd').length, before);
});
