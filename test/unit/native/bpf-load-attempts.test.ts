import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { loadAttempts } from '#native/bpf-load-attempts.js';

const { EAGAIN, EPERM } = constants.errno;

/** Results of one load after the other, and how many were made. */
function loading(results: readonly number[], errno: number): { result: number; made: number } {
  let made = 0;
  const result = loadAttempts(
    () => results[made++] ?? -1,
    () => errno,
  );
  return { result, made };
}

test('a load that a signal ended is made again', () => {
  assert.deepEqual(loading([-1, -1, 7], EAGAIN), { result: 7, made: 3 });
});

test('one that is refused is not', () => {
  assert.deepEqual(loading([-1, 7], EPERM), { result: -1, made: 1 });
});

test('signals without end do not hang it', () => {
  assert.deepEqual(loading([], EAGAIN), { result: -1, made: 10 });
});
