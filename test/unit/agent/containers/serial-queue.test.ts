import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SerialQueue } from '#agent/containers/serial-queue.js';
import type { Clock } from '#runtime/cgroup/clock.js';

test('tasks run one after the other, also after one that fails', async () => {
  const queue = new SerialQueue();
  const seen: string[] = [];
  const slow = queue.run(async () => {
    seen.push('slow starts');
    await new Promise((resolve) => setImmediate(resolve));
    seen.push('slow ends');
    return 1;
  });
  const fails = queue.run(() => {
    seen.push('fails');
    throw new Error('no');
  });
  const last = queue.run(() => seen.push('last'));
  assert.equal(queue.length, 3);
  assert.equal(await slow, 1);
  await assert.rejects(fails, /no/);
  await last;
  await queue.idle();
  assert.equal(queue.length, 0);
  assert.deepEqual(seen, ['slow starts', 'slow ends', 'fails', 'last']);
});

test('a task that rests goes on when another is queued behind it, or when its time is over', async () => {
  const queue = new SerialQueue();
  const slept: number[] = [];
  const never: Clock = {
    nowMs: () => 0,
    sleep: (ms, signal) =>
      new Promise((_, reject) => {
        slept.push(ms);
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
  };
  const seen: string[] = [];
  const resting = queue.run(async () => {
    await queue.rest(never, 7);
    seen.push('rested');
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([seen, slept], [[], [7]]);
  await queue.run(() => seen.push('next'));
  await resting;
  assert.deepEqual(seen, ['rested', 'next']);
  const crowded = queue.run(() => queue.rest(never, 8));
  await queue.run(() => seen.push('last'));
  await crowded;
  assert.deepEqual(slept, [7]);
  await queue.run(() => queue.rest({ ...never, sleep: () => Promise.resolve() }, 9));
});
