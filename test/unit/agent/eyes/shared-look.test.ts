import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { sharedLook } from '#agent/eyes/shared-look.js';

function counted() {
  const ends: { done: (value: number) => void; fail: (error: Error) => void }[] = [];
  const ask = sharedLook(() => new Promise<number>((done, fail) => ends.push({ done, fail })));
  return { ask, ends };
}

test('one at a time: who asks meanwhile gets the next one, all of them the same', async () => {
  const { ask, ends } = counted();
  const first = ask();
  const later = [ask(), ask()];
  assert.equal(ends.length, 1);
  ends[0]?.done(1);
  assert.equal(await first, 1);
  await turn();
  assert.equal(ends.length, 2);
  const afterwards = ask();
  ends[1]?.done(2);
  assert.deepEqual(await Promise.all(later), [2, 2]);
  await turn();
  ends[2]?.done(3);
  assert.equal(await afterwards, 3);
});

test('alone, each asking reads anew', async () => {
  const { ask, ends } = counted();
  for (const value of [1, 2]) {
    const answer = ask();
    ends[value - 1]?.done(value);
    assert.equal(await answer, value);
  }
});

test('a failure is told to those who asked for that reading, and to nobody else', async () => {
  const { ask, ends } = counted();
  const first = ask();
  const second = ask();
  ends[0]?.fail(new Error('broken'));
  await assert.rejects(first, /broken/);
  await turn();
  ends[1]?.done(2);
  assert.equal(await second, 2);
});
