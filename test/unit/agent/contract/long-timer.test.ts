import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longTimer } from '#agent/contract/long-timer.js';

const DAY_MS = 86_400_000;

test('a timer may be longer than setTimeout takes, and is waited for in steps', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let calls = 0;
  longTimer(60 * DAY_MS, () => {
    calls += 1;
  });
  for (let day = 0; day < 59; day += 1) t.mock.timers.tick(DAY_MS);
  assert.equal(calls, 0);
  for (let day = 0; day < 9; day += 1) t.mock.timers.tick(DAY_MS);
  assert.equal(calls, 1);
});

test('it can be taken back in any of its steps', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let calls = 0;
  for (const days of [1, 40]) {
    const cancel = longTimer(60 * DAY_MS, () => {
      calls += 1;
    });
    for (let day = 0; day < days; day += 1) t.mock.timers.tick(DAY_MS);
    cancel();
  }
  for (let day = 0; day < 100; day += 1) t.mock.timers.tick(DAY_MS);
  assert.equal(calls, 0);
});

test('it is over in its own time, for real', async () => {
  const pending = setInterval(() => undefined, 1000);
  const sinceMs = performance.now();
  await new Promise<void>((resolve) => void longTimer(20, resolve));
  clearInterval(pending);
  assert.ok(performance.now() - sinceMs >= 19);
});
