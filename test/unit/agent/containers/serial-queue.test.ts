import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SerialQueue } from '#agent/containers/serial-queue.js';

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
