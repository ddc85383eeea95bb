import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { loadSyscalls } from '#native/libc.js';
import { signalListed } from '#runtime/container/signal-listed.js';

const SIGTERM = 15;

test('who is not listed any more once its pidfd is open gets no signal, and who has gone is no error', async (t) => {
  const syscalls = await loadSyscalls();
  const [meant, stranger, gone] = [0, 1, 2].map(() => spawn('sleep', ['1000']));
  assert.ok(meant?.pid && stranger?.pid && gone?.pid);
  t.after(() => stranger.kill('SIGKILL'));
  const over = once(gone, 'exit');
  gone.kill('SIGKILL');
  await over;
  const descriptors = readdirSync('/proc/self/fd').length;
  const ended = once(meant, 'exit');
  const listed = [meant.pid, gone.pid];
  signalListed(syscalls, [meant.pid, stranger.pid, gone.pid], () => listed, SIGTERM);
  assert.deepEqual(await ended, [null, 'SIGTERM']);
  assert.deepEqual([stranger.exitCode, stranger.signalCode], [null, null]);
  assert.ok(readdirSync('/proc/self/fd').length <= descriptors);
});

test('of very many all are told, some hundreds at a time', async () => {
  const syscalls = await loadSyscalls();
  const child = spawn('sleep', ['1000']);
  const ended = once(child, 'exit');
  assert.ok(child.pid);
  let most = 0;
  const pids = [...Array.from({ length: 1000 }, () => process.pid), child.pid];
  signalListed(
    syscalls,
    pids,
    () => {
      most = Math.max(most, readdirSync('/proc/self/fd').length);
      return [child.pid as number];
    },
    SIGTERM,
  );
  assert.deepEqual(await ended, [null, 'SIGTERM']);
  assert.ok(most < 500, `${most} descriptors at once`);
});
