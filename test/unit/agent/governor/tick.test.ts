import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Snapshot } from '#agent/contract/snapshot.js';
import { Ticker, type TickOptions } from '#agent/governor/tick.js';
import { FakeClock } from '#test/support/fake-clock.js';

const EMPTY: Snapshot = { atMs: 0, monotonicMs: 0, node: { signals: {}, memTotalBytes: 1, cpus: 1 }, containers: [] };

/** A ticker of 1 s; `takes` says how long each tick lasts, in ms. */
function tickerOf(takes: number[] = [], over: Partial<TickOptions> = {}) {
  const clock = new FakeClock(500);
  const at: number[] = [];
  const slow: number[] = [];
  const faults: unknown[] = [];
  const ticker = new Ticker({
    periodMs: 1000,
    clock,
    take: () => {
      at.push(clock.monotonicMs() - 500);
      clock.advance(takes[at.length - 1] ?? 0);
      return EMPTY;
    },
    onSlow: (tookMs) => slow.push(tookMs),
    onFault: (error) => faults.push(error),
    ...over,
  });
  return { ticker, clock, at, slow, faults };
}

test('ticks are due from the start on and do not drift with the time they take', () => {
  const { ticker, clock, at } = tickerOf([300, 300, 300]);
  ticker.start();
  clock.advance(3500);
  assert.deepEqual(at, [0, 1000, 2000, 3000]);
  assert.equal(ticker.figures.late, 0);
  assert.equal(ticker.figures.ticks, 4);
  assert.ok(Math.abs(ticker.figures.seconds - 0.9) < 1e-9);
  ticker.stop();
  assert.equal(clock.pending, 0);
});

test('what is due while one is under way is left out and counted; the next is on time again', () => {
  const { ticker, clock, at, slow } = tickerOf([0, 2500, 600, 0]);
  ticker.start();
  clock.advance(8000);
  assert.deepEqual(at.slice(0, 5), [0, 1000, 4000, 5000, 6000]);
  assert.equal(ticker.figures.late, 2);
  // 600 ms is slow too, but the one before was: told once.
  assert.deepEqual(slow, [2500]);
  ticker.stop();
});

test('a timer that fires late counts as a late tick', () => {
  let fire: (() => void) | undefined;
  let nowMs = 0;
  const clock = {
    monotonicMs: () => nowMs,
    after: (_delayMs: number, callback: () => void) => {
      fire = callback;
      return () => undefined;
    },
  };
  const { ticker } = tickerOf([], { clock, take: () => EMPTY });
  ticker.start();
  fire?.();
  nowMs = 1700;
  fire?.();
  assert.equal(ticker.figures.late, 1);
  nowMs = 2400;
  fire?.();
  assert.equal(ticker.figures.late, 1);
});

test('a listener that fails, at once or later, stops neither the others nor the next tick', async () => {
  const { ticker, clock, faults } = tickerOf();
  const seen: Snapshot[] = [];
  ticker.listen(() => {
    throw new Error('at once');
  });
  ticker.listen(async () => {
    throw new Error('later');
  });
  ticker.listen((snapshot) => void seen.push(snapshot));
  ticker.start();
  clock.advance(1000);
  await Promise.resolve();
  assert.deepEqual(seen, [EMPTY, EMPTY]);
  assert.deepEqual(faults.map((error) => (error as Error).message).toSorted(), ['at once', 'at once', 'later', 'later']);
  ticker.stop();
});

test('a tick that fails is told, and ticks go on', () => {
  let calls = 0;
  const { ticker, clock, faults } = tickerOf([], {
    take: () => {
      calls += 1;
      if (calls === 1) throw new Error('no /proc');
      return EMPTY;
    },
  });
  ticker.start();
  clock.advance(1000);
  assert.equal(calls, 2);
  assert.equal(faults.length, 1);
  ticker.stop();
});

test('a tick that takes turns with others is waited for, late ones are left out, and nobody is told after the end', async () => {
  const done: ((snapshot: Snapshot) => void)[] = [];
  const { ticker, clock } = tickerOf([], { take: () => new Promise<Snapshot>((resolve) => void done.push(resolve)) });
  const seen: Snapshot[] = [];
  ticker.listen((snapshot) => void seen.push(snapshot));
  ticker.start();
  clock.advance(0);
  assert.equal(done.length, 1);
  clock.advance(2500);
  assert.equal(done.length, 1, 'one at a time');
  done[0]?.(EMPTY);
  await ticker.idle();
  assert.equal(ticker.figures.late, 2);
  assert.deepEqual(seen, [EMPTY]);
  clock.advance(500);
  assert.equal(done.length, 2);
  ticker.stop();
  done[1]?.(EMPTY);
  await ticker.idle();
  assert.equal(seen.length, 1);
  assert.equal(clock.pending, 0);
});
