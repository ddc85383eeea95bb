import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { loadSyscalls } from '#native/libc.js';
import { peerCredentials } from '#native/peer-credentials.js';
import { createSocketpair } from '#native/socketpair.js';

test('The other end of a socket is this process', async (t) => {
  const syscalls = await loadSyscalls();
  const [ours, theirs] = createSocketpair(syscalls, 'test');
  t.after(() => {
    ours[Symbol.dispose]();
    theirs[Symbol.dispose]();
  });
  assert.deepEqual(peerCredentials(syscalls, ours.number), { pid: process.pid, uid: process.getuid?.() });
});

test('What is no socket is an error that says so', async (t) => {
  const syscalls = await loadSyscalls();
  const fd = openSync('/dev/null', 'r');
  t.after(() => closeSync(fd));
  assert.throws(() => peerCredentials(syscalls, fd), /getsockopt SO_PEERCRED.*ENOTSOCK/);
});
