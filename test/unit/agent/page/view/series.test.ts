import assert from 'node:assert/strict';
import { test } from 'node:test';
import { busyShares } from '#agent/page/view/cpu-share.js';
import { axisTop, linePath, Series } from '#agent/page/view/series.js';

const at = (atMs: number, value = 1) => ({ atMs, value });

test('a series keeps its span, and takes what was recorded before what it has', () => {
  const series = new Series(1000);
  for (const ms of [0, 500, 500, 1200]) series.add(at(ms, ms));
  assert.deepEqual(
    series.points.map(({ atMs }) => atMs),
    [500, 1200],
  );
  series.begin([at(100), at(300), at(700)]);
  assert.deepEqual(
    series.points.map(({ atMs }) => atMs),
    [300, 500, 1200],
  );
});

test('a line is newest at the right, cut to the box, and broken where nothing is known', () => {
  const series = new Series(60_000);
  for (const [ms, value] of [
    [0, 0],
    [10_000, 5],
    [40_000, 20],
    [60_000, 10],
  ] as const)
    series.add(at(ms, value));
  assert.equal(linePath(series, 600, 100, 10), 'M0.0 100.0L100.0 50.0M400.0 0.0M600.0 0.0');
  assert.equal(linePath(new Series(1), 600, 100, 10), '');
});

test('an axis ends at a limit that is in sight, else at a round figure', () => {
  const top = (highest: number, limit?: number, binary = false) => axisTop([at(0, highest)], limit, { least: 0.05, binary });
  assert.deepEqual([top(0.2, 0.3), top(0.01, 5), top(0.6, 0.3), top(3), top(7), top(0)], [0.3, 0.05, 1, 5, 10, 0.05]);
  assert.equal(top(3 << 20, undefined, true), 4 << 20);
});

test('how busy a CPU was is what it did since the last look', () => {
  const before = [{ busyUsec: 100, idleUsec: 100 }];
  const now = [
    { busyUsec: 400, idleUsec: 200 },
    { busyUsec: 1, idleUsec: 1 },
  ];
  assert.deepEqual(busyShares(before, now), [0.75, undefined]);
  assert.deepEqual(busyShares(undefined, now), [undefined, undefined]);
  assert.deepEqual(busyShares(now, now), [undefined, undefined]);
});
