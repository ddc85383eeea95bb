import assert from 'node:assert/strict';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { Fd } from '#native/fd.js';
import { KernelError } from '#native/kernel-error.js';
import { loadSyscalls, type Syscalls } from '#native/libc.js';
import { createSealedMemfd } from '#native/memfd.js';
import { openPidfd, pidfdAlive, signalPidfd } from '#native/pidfd.js';
import { spawn } from '#native/spawn.js';
import { ChildReaper, waitChild } from '#native/wait.js';
import { openFds } from '#test/support/leaks.js';
import { tempDir } from '#test/support/temp.js';

let syscalls: Syscalls;
before(async () => {
  syscalls = await loadSyscalls();
});

/** SIGCHLD alone does not keep Node's loop alive, as in an agent the sockets do. */
async function alive<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 1000);
  return work.finally(() => clearInterval(timer));
}

test('the child has the descriptors given at their numbers, /dev/null below them, a session of its own and the environment given', async (t) => {
  const out = join(tempDir(t), 'out');
  using tape = createSealedMemfd(syscalls, 'one', Buffer.from('one'));
  using other = createSealedMemfd(syscalls, 'two', Buffer.from('two'));
  using log = new Fd(openSync(out, 'w'), out);
  const script =
    'cat <&3 >&5; cat <&4 >&5; echo " $A $(cut -d" " -f6 /proc/$$/stat) $$" $(readlink /proc/$$/fd/0) $(readlink /proc/$$/fd/2) >&5';
  const pid = spawn(syscalls, {
    path: '/bin/sh',
    argv: ['sh', '-c', script],
    env: ['A=a', 'PATH=/usr/bin:/bin'],
    fds: [tape, other, log],
  });
  assert.deepEqual(await alive(new ChildReaper(syscalls).watch(pid)), { exitCode: 0, signal: undefined });
  assert.deepEqual(readFileSync(out, 'utf8').trim().split(/\s+/), ['onetwo', 'a', `${pid}`, `${pid}`, '/dev/null', '/dev/null']);
});

test('sources that are targets of others are not overwritten before their turn', async (t) => {
  const out = join(tempDir(t), 'out');
  const files = ['a', 'b', 'c', 'd'].map((text) => createSealedMemfd(syscalls, text, Buffer.from(text)));
  // Many targets, so that every source's number is also a target's: files reversed, then fillers up to above the highest.
  const highest = Math.max(...files.map((file) => file.number));
  const fds = [...files].reverse();
  while (fds.length < highest) fds.push(files[0]!);
  using log = new Fd(openSync(out, 'w'), out);
  fds.push(log);
  const script = `cat /proc/self/fd/3 /proc/self/fd/4 /proc/self/fd/5 /proc/self/fd/6 > /proc/self/fd/${2 + fds.length}`;
  const before = openFds().length;
  const pid = spawn(syscalls, { path: '/bin/sh', argv: ['sh', '-c', script], env: ['PATH=/usr/bin:/bin'], fds });
  assert.equal(openFds().length, before);
  await alive(new ChildReaper(syscalls).watch(pid));
  assert.equal(readFileSync(out, 'utf8'), 'dcba');
  for (const file of files) file.close();
});

test('a program that is not there is an error with its path, and leaves no child and no descriptor', () => {
  const before = openFds().length;
  assert.throws(
    () => spawn(syscalls, { path: '/nowhere', argv: ['x'], fds: [] }),
    (error: unknown) => error instanceof KernelError && error.message === 'posix_spawn /nowhere: ENOENT',
  );
  assert.equal(openFds().length, before);
  assert.throws(() => waitChild(syscalls, -1), /waitpid pid -1: ECHILD/);
});

test('a pidfd signals its process and no other, and says when it has ended', async () => {
  const reaper = new ChildReaper(syscalls);
  const pid = spawn(syscalls, { path: '/bin/sleep', argv: ['sleep', '1000'], fds: [] });
  const ended = reaper.watch(pid);
  using pidfd = openPidfd(syscalls, pid)!;
  assert.equal(pidfdAlive(syscalls, pidfd), true);
  assert.equal(reaper.size, 1);
  assert.equal(signalPidfd(syscalls, pidfd, 15), true);
  assert.deepEqual(await alive(ended), { exitCode: undefined, signal: 15 });
  assert.equal(pidfdAlive(syscalls, pidfd), false);
  assert.equal(signalPidfd(syscalls, pidfd, 15), false);
  assert.equal(openPidfd(syscalls, pid), undefined);
  assert.throws(() => openPidfd(syscalls, -1), /pidfd_open pid -1: EINVAL/);
  assert.equal(reaper.size, 0);
  assert.equal(process.listenerCount('SIGCHLD'), 0);
});

test('many children that end at once are all reaped, and those of others are left to them', async () => {
  const reaper = new ChildReaper(syscalls);
  const stranger = spawn(syscalls, { path: '/bin/true', argv: ['true'], fds: [] });
  const pids = Array.from({ length: 50 }, (_, i) =>
    spawn(syscalls, { path: '/bin/sh', argv: ['sh', '-c', `exit ${i}`], fds: [] }),
  );
  const ends = await alive(Promise.all(pids.map((pid) => reaper.watch(pid))));
  assert.deepEqual(
    ends.map(({ exitCode }) => exitCode),
    pids.map((_, i) => i),
  );
  let end = waitChild(syscalls, stranger);
  while (end === undefined) end = waitChild(syscalls, stranger);
  assert.deepEqual(end, { exitCode: 0, signal: undefined });
});
