import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readWriter, writerText } from '#agent/drift/writer.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

function procRoot(t: Teardown, pid: number, files: Record<string, string>): string {
  const root = tempDir(t);
  mkdirSync(join(root, String(pid)));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, String(pid), name), text);
  return root;
}

const inBox = (cgroup: string) => (cgroup === '/box' ? 'box' : undefined);

test('a process that is there: command, binary, arguments, user, cgroup and container', (t) => {
  const root = procRoot(t, 42, {
    comm: 'sh\n',
    cmdline: 'sh\0-c\0echo max > memory.max\n\u001b[1m\0',
    cgroup: '3:cpu,cpuacct:/\n2:memory:/box\n0::/box\n',
  });
  symlinkSync('/usr/bin/dash', join(root, '42/exe'));
  const writer = readWriter(root, 42, inBox);
  assert.deepEqual(writer, {
    pid: 42,
    gone: false,
    comm: 'sh',
    exe: '/usr/bin/dash',
    cmdline: 'sh -c echo max > memory.max [1m',
    uid: 0,
    cgroup: '/box',
    container: 'box',
  });
  assert.equal(writerText(writer), 'sh (pid 42, uid 0, sh -c echo max > memory.max [1m) in container box');
});

test('one that ended is said to be gone; one that ends on the way has what could be read', (t) => {
  const root = procRoot(t, 42, { comm: 'sh\n' });
  assert.deepEqual(readWriter(root, 43, inBox), { pid: 43, gone: true });
  assert.equal(writerText({ pid: 43, gone: true }), 'pid 43, which ended at once');
  assert.deepEqual(readWriter(root, 42, inBox), { pid: 42, gone: false, comm: 'sh', uid: 0 });
});

test('one outside of the pid namespace has no pid here', () => {
  assert.deepEqual(readWriter('/proc', 0, inBox), { pid: 0, gone: false });
  assert.equal(writerText({ pid: 0, gone: false }), 'a process outside of this pid namespace');
  assert.equal(writerText(undefined), 'an unknown writer');
});

test('long command lines are cut', (t) => {
  const root = procRoot(t, 42, { comm: 'x\n', cmdline: `x\0${'y'.repeat(5000)}\0` });
  const { cmdline } = readWriter(root, 42, inBox);
  assert.equal(cmdline?.length, 160);
  assert.match(cmdline ?? '', /^x y+…$/);
});
