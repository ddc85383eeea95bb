import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { NO_OP } from '#runtime/container/exit-record.js';
import { launchError, warningText } from '#runtime/container/launch-error.js';
import type { Tape } from '#runtime/tape/ops.js';

const { EINVAL, ENOENT, ENOTDIR, EACCES, ENOEXEC, EISDIR, ENOMEM, EPERM } = constants.errno;

const tape: Tape = {
  slots: 2,
  inherited: 0,
  ops: [
    { op: 'fsopen', origin: 'mounts[3]', type: 'overlay', out: 1 },
    { op: 'hook', origin: 'hooks.prestart[0]', path: '/h', argv: [], envp: [], timeoutMs: 0, stateHead: '{', stateTail: '}' },
    { op: 'exec', origin: 'process.args', argv: ['prog', '-x'], envp: [] },
    { op: 'rlimit', origin: 'process.rlimits[0]', resource: 7, soft: 1, hard: 1 },
  ],
};

const failure = (op: number, errno: number, text = '', value = 0) => ({ op, errno, value, text });

test('a failure reads origin, op and errno, with what the kernel said of it', () => {
  const error = launchError(failure(0, EINVAL, 'unknown parameter x'), tape);
  assert.equal(error.message, 'mounts[3]: fsopen overlay: EINVAL (unknown parameter x)');
  assert.deepEqual([error.code, error.op, error.errno], ['LAUNCH_FAILED', 'fsopen', EINVAL]);
});

test("execve's refusals have codes of their own", () => {
  const code = (op: number, errno: number): string => launchError(failure(op, errno, 'prog'), tape).code;
  for (const errno of [ENOENT, ENOTDIR]) assert.equal(code(2, errno), 'COMMAND_NOT_FOUND');
  for (const errno of [EACCES, ENOEXEC, EISDIR]) assert.equal(code(2, errno), 'COMMAND_NOT_EXECUTABLE');
  assert.equal(code(2, ENOMEM), 'LAUNCH_FAILED');
  assert.equal(code(0, ENOENT), 'LAUNCH_FAILED');
  assert.equal(launchError(failure(2, ENOENT, 'prog'), tape).message, 'process.args: exec prog: ENOENT');
});

test('a hook that fails without an errno tells its end and its last words', () => {
  assert.equal(
    launchError(failure(1, 0, 'no such disk\n', 3 << 8), tape).message,
    'hooks.prestart[0]: hook /h: exit status 3 (no such disk)',
  );
  assert.equal(launchError(failure(1, 0, '', 9), tape).message, 'hooks.prestart[0]: hook /h: killed by signal 9');
});

test('failures of the shim itself, and of a tape nobody has any more, still say what is known', () => {
  assert.equal(launchError(failure(NO_OP, EACCES, 'open the log'), tape).message, 'shim: open the log: EACCES');
  assert.equal(launchError(failure(NO_OP, 0, 'ended before it ran', 9), tape).message, 'shim: ended before it ran (signal 9)');
  assert.equal(launchError(failure(0, EINVAL, 'x'), undefined).message, 'op 0: x: EINVAL');
});

test('a tolerated errno is told in the same words', () => {
  assert.equal(warningText(tape, 3, EPERM), 'process.rlimits[0]: rlimit RLIMIT_NOFILE: EPERM, going on without');
});
