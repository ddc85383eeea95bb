import assert from 'node:assert/strict';
import { ftruncateSync, readFileSync, readlinkSync, writeSync } from 'node:fs';
import { before, test } from 'node:test';
import { errnoNumber, KernelError } from '#native/kernel-error.js';
import { loadSyscalls, type Syscalls } from '#native/libc.js';
import { createSealedMemfd } from '#native/memfd.js';
import { openFds } from '#test/support/leaks.js';

let syscalls: Syscalls;
before(async () => {
  syscalls = await loadSyscalls();
});

test('contents are there, and nobody can change, grow or shrink them any more', () => {
  const contents = Buffer.alloc(3 << 20, 'abc');
  using fd = createSealedMemfd(syscalls, 'some', contents);
  assert.ok(readFileSync(`/proc/self/fd/${fd.number}`).equals(contents));
  assert.match(readlinkSync(`/proc/self/fd/${fd.number}`), /memfd:some/);
  assert.throws(() => writeSync(fd.number, 'x', 0), { code: 'EPERM' });
  assert.throws(() => ftruncateSync(fd.number, 1), { code: 'EPERM' });
  assert.throws(() => ftruncateSync(fd.number, contents.length + 1), { code: 'EPERM' });
});

test('an old kernel without MFD_EXEC gets a plain memfd', () => {
  const flags: number[] = [];
  const old: Syscalls = {
    ...syscalls,
    memfd_create: (name, given) => {
      flags.push(given);
      return (given & 0x18) === 0 ? syscalls.memfd_create(name, given) : -errnoNumber('EINVAL');
    },
  };
  using fd = createSealedMemfd(old, 'old', Buffer.from('x'), { executable: true });
  assert.equal(readFileSync(`/proc/self/fd/${fd.number}`, 'utf8'), 'x');
  assert.deepEqual(flags, [0x13, 0x3]);
});

test('a refused seal is an error with its name, and leaves no descriptor', () => {
  const refusing: Syscalls = { ...syscalls, fcntl: () => -errnoNumber('EPERM') };
  const fds = openFds().length;
  assert.throws(
    () => createSealedMemfd(refusing, 'x', Buffer.from('x')),
    (error: unknown) => error instanceof KernelError && error.message === 'fcntl F_ADD_SEALS memfd x: EPERM',
  );
  assert.equal(openFds().length, fds);
});
