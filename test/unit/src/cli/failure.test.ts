import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientError } from '#agent/contract/client-error.js';
import { AgentError, type ErrorCode } from '#agent/contract/errors.js';
import { describeFailure, failureExit } from '#src/cli/failure.js';
import { UsageError } from '#src/cli/flags/usage-error.js';

for (const [code, docker, container, plain] of [
  ['COMMAND_NOT_FOUND', 127, 127, 1],
  ['COMMAND_NOT_EXECUTABLE', 126, 126, 1],
  ['LAUNCH_FAILED', 125, 125, 1],
  ['BODY_INVALID', 125, 125, 1],
  ['NAME_IN_USE', 125, 125, 1],
  ['CONTAINER_NOT_FOUND', 125, 1, 1],
  ['STATE_CONFLICT', 125, 1, 1],
  ['AGENT_UNREACHABLE', 125, 125, 1],
  ['USAGE', 2, 2, 2],
] as [ErrorCode, number, number, number][]) {
  test(`exit codes of ${code}`, () => {
    const error = new ClientError(code, 'x');
    assert.deepEqual(
      [failureExit(error, 'docker'), failureExit(error, 'container'), failureExit(error, 'plain')],
      [docker, container, plain],
    );
  });
}

test('a fault of tsgov is 125 from run, 1 elsewhere, and only it shows its stack', () => {
  const fault = new TypeError('oops');
  assert.equal(failureExit(fault, 'docker'), 125);
  assert.equal(failureExit(fault, 'plain'), 1);
  assert.match(describeFailure(fault), /internal error.*\n\s+at /s);
  assert.doesNotMatch(describeFailure(new AgentError('KERNEL', 'write x: EINVAL')), /\n\s+at /);
});

test('message, field, flag and hint', () => {
  const text = describeFailure(
    new ClientError('LIMIT_INVALID', 'limits.memory.max 1: too little', { field: 'limits.memory.max' }),
  );
  assert.equal(text, 'tsgov: limits.memory.max 1: too little (flag --memory)\n');
  const other = describeFailure(new ClientError('BODY_INVALID', 'no such capability', { field: 'capAdd[0]' }));
  assert.equal(other, 'tsgov: no such capability (field capAdd[0], flag --cap-add)\n');
  assert.match(
    describeFailure(new ClientError('CONTAINER_NOT_FOUND', 'no container "x"')),
    /^tsgov: no container "x"\n {2}hint: .*ps -a/,
  );
  assert.match(describeFailure(new UsageError('unknown flag: --x', { hint: 'did you mean --y?' })), /hint: did you mean --y\?/);
});

test('what a message carries from outside cannot act on the terminal', () => {
  assert.equal(describeFailure(new ClientError('NOT_FOUND', 'no \x1b[31mred\u202e')), 'tsgov: no \\x1b[31mred\\u{202e}\n');
  const lines = describeFailure(new ClientError('AGENT_UNREACHABLE', 'the end of its log:\nfirst\ntsgov: \x1b[2J'));
  assert.equal(lines, 'tsgov: the end of its log:\n  first\n  tsgov: \\x1b[2J\n');
});
