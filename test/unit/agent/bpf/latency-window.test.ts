import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LatencyWindow } from '#agent/bpf/latency-window.js';
import { LATENCY_SLOTS } from '#agent/bpf/sum-source.js';

/** Totals of one container: so many waits in one slot, by label. */
const totals = (slotCounts: Record<string, readonly [slot: number, count: number]>) =>
  new Map([
    [
      'c',
      new Map(
        Object.entries(slotCounts).map(([label, [slot, count]]) => {
          const words = new Float64Array(LATENCY_SLOTS + 1);
          words[slot] = count;
          return [label, words];
        }),
      ),
    ],
  ]);

test('the percentile is of the last ten seconds, not of all that ever was', () => {
  const window = new LatencyWindow();
  window.add(0, totals({ '': [20, 1000] }));
  assert.ok((window.p99Usec('c') ?? 0) > 2 ** 20, 'the first reading is all there is');
  for (let second = 1; second <= 12; second += 1) {
    const later = totals({ '': [20, 1000] });
    const words = later.get('c')?.get('');
    if (words !== undefined) words[3] = second * 10;
    window.add(second * 1000, later);
  }
  const p99 = window.p99Usec('c') ?? 0;
  assert.ok(p99 >= 8 && p99 <= 16, `${p99} µs`);
});

test('labels of one container are taken together; a container without waits has no percentile', () => {
  const window = new LatencyWindow();
  window.add(0, new Map());
  window.add(1000, totals({ '8:0 read': [4, 1], '8:0 write': [10, 99] }));
  assert.ok((window.p99Usec('c') ?? 0) > 1024);
  assert.equal(window.p99Usec('other'), undefined);
  window.add(2000, totals({ '8:0 read': [4, 1], '8:0 write': [10, 99] }));
  window.add(20_000, totals({ '8:0 read': [4, 1], '8:0 write': [10, 99] }));
  window.add(40_000, totals({ '8:0 read': [4, 1], '8:0 write': [10, 99] }));
  assert.equal(window.p99Usec('c'), undefined, 'nothing happened in the window');
});

test('a counter that fell back is none', () => {
  const window = new LatencyWindow();
  window.add(0, totals({ a: [4, 5], b: [10, 4] }));
  window.add(1000, totals({ a: [4, 2], b: [10, 6] }));
  const p99 = window.p99Usec('c') ?? 0;
  assert.ok(p99 > 1024 && p99 <= 2048, `${p99} µs`);
  window.add(2000, totals({ a: [4, 1], b: [10, 3] }));
  assert.equal(window.p99Usec('c'), undefined);
});
