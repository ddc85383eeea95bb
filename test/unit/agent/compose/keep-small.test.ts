import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepSmall } from '#agent/compose/keep-small.js';
import { loadMallocTrim } from '#native/malloc-trim.js';

test('memory is given back after a while, again and again, until it is over', () => {
  const due: { delayMs: number; callback: () => void; cancelled: boolean }[] = [];
  let trims = 0;
  const stop = keepSmall(() => (trims += 1), {
    after: (delayMs, callback) => {
      const timer = { delayMs, callback, cancelled: false };
      due.push(timer);
      return () => {
        timer.cancelled = true;
      };
    },
  });
  assert.equal(trims, 0);
  due[0]?.callback();
  due[1]?.callback();
  assert.equal(trims, 2);
  assert.deepEqual(
    due.map(({ delayMs }) => delayMs),
    [10_000, 10_000, 10_000],
  );
  stop();
  assert.equal(due[2]?.cancelled, true);
});

test('the C library of this host is asked', async () => {
  const trim = await loadMallocTrim();
  trim();
});
