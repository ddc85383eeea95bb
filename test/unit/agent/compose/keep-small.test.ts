import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GivesBack, keepSmall } from '#agent/compose/keep-small.js';
import { loadMallocTrim } from '#native/malloc-trim.js';

test('memory is given back after a while, again and again, the dear part seldom, until it is over', (t) => {
  const free = t.mock.fn();
  const program = t.mock.fn();
  const { due, round, stop } = started([
    { rounds: 1, giveBack: free },
    { rounds: 3, giveBack: program },
  ]);
  assert.equal(free.mock.callCount(), 0);
  const seen = Array.from({ length: 7 }, () => {
    round();
    return [free.mock.callCount(), program.mock.callCount()];
  });
  assert.deepEqual(seen, [
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
    [5, 2],
    [6, 2],
    [7, 3],
  ]);
  assert.ok(due.every(({ delayMs }) => delayMs === 10_000));
  stop();
  assert.equal(due.at(-1)?.cancelled, true);
});

test('what fails is told once and left out, the other goes on', (t) => {
  const free = t.mock.fn();
  const refused = new Error('refused');
  const program = t.mock.fn(() => {
    throw refused;
  });
  const { round, faults } = started([
    { rounds: 1, giveBack: program },
    { rounds: 1, giveBack: free },
  ]);
  round();
  round();
  assert.deepEqual(faults, [refused]);
  assert.deepEqual([program.mock.callCount(), free.mock.callCount()], [1, 2]);
});

test('the C library of this host is asked', async () => {
  const trim = await loadMallocTrim();
  trim();
});

function started(all: readonly GivesBack[]) {
  const due: { delayMs: number; callback: () => void; cancelled: boolean }[] = [];
  const faults: unknown[] = [];
  const clock = {
    after: (delayMs: number, callback: () => void) => {
      const timer = { delayMs, callback, cancelled: false };
      due.push(timer);
      return () => {
        timer.cancelled = true;
      };
    },
  };
  const stop = keepSmall(all, clock, (error) => void faults.push(error));
  return { due, faults, stop, round: () => due.at(-1)?.callback() };
}
