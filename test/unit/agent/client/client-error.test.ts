import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorFromProblem } from '#agent/contract/client-error.js';
import { AgentError, ERROR_CODES, type ErrorCode, exitCodeOf, toProblem } from '#agent/contract/errors.js';
import { KernelError } from '#native/kernel-error.js';

test('every code goes through its problem document and comes out as it was', () => {
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const problem = toProblem(new AgentError(code, 'why', { field: 'a.b' }));
    const error = errorFromProblem(problem.status, JSON.stringify(problem));
    assert.deepEqual([error.code, error.message, error.field, error.status], [code, 'why', 'a.b', ERROR_CODES[code].http]);
    assert.equal(exitCodeOf(error.code), ERROR_CODES[code].exit);
  }
});

test('a kernel error keeps its text; anything unknown is INTERNAL', () => {
  const kernel = toProblem(new KernelError({ syscall: 'write', target: '/f', value: '1', errno: 22 }));
  assert.deepEqual([kernel.code, kernel.status, kernel.detail], ['KERNEL', 500, 'write /f "1": EINVAL']);
  assert.deepEqual([toProblem(new TypeError('x')).code, toProblem('text').detail], ['INTERNAL', 'text']);
});

for (const body of ['', '<html>', 'null', '[]', '{"code":1}'])
  test(`a body that is no problem document (${body || 'empty'}) is INTERNAL with the status`, () => {
    const error = errorFromProblem(502, body);
    assert.deepEqual([error.code, error.status], ['INTERNAL', 502]);
    assert.match(error.message, /502/);
  });
