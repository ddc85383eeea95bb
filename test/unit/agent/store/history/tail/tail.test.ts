import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Snapshot } from '#agent/contract/snapshot.js';
import { TailReader } from '#agent/store/history/tail/read-tail.js';
import { readTail, tailOf } from '#test/support/record-history.js';
import { containerSnapshot, snapshotAt } from '#test/support/snapshots.js';

const START_MS = 1_790_000_000_000;
const ALL = Number.POSITIVE_INFINITY;

/** Two containers: one whose figures come, change and go, and one that does nothing from the sixth tick on. */
function ticks(count: number): Snapshot[] {
  return Array.from({ length: count }, (_, tick) =>
    snapshotAt(START_MS + tick * 1000, [
      containerSnapshot('a', {
        signals: {
          'memory.current': 4096 * tick * (tick % 3 === 0 ? -1 : 1),
          'cpu.usage': Math.sin(tick),
          ...(tick % 4 === 1 ? { 'pids.current': tick } : {}),
        },
        limits: { 'memory.max': tick < 7 ? 1 << 30 : 'max' },
      }),
      ...(tick >= 5 ? [containerSnapshot('b', { signals: { 'memory.current': 2 ** 40 } })] : []),
    ]),
  );
}

test('what went into a tail comes out of it, to the decimals kept, subject by subject', () => {
  const { segments, next } = readTail(tailOf(ticks(12)), 0, ALL);
  assert.equal(next, undefined);
  assert.deepEqual(
    segments.map(({ facts, times }) => [facts.name, facts.limits['memory.max'], times.length]),
    [
      ['', undefined, 12],
      ['name-a', 1 << 30, 7],
      ['name-b', 1 << 30, 7],
      ['name-a', 'max', 5],
    ],
  );
  const [, a] = segments;
  const column = (name: string) => [...a!.values.subarray(a!.names.indexOf(name) * 7, (a!.names.indexOf(name) + 1) * 7)];
  assert.deepEqual(
    [...a!.times],
    Array.from({ length: 7 }, (_, tick) => START_MS + tick * 1000),
  );
  assert.deepEqual(column('memory.current'), [0, 4096, 8192, -12288, 16384, 20480, -24576]);
  assert.deepEqual(
    column('cpu.usage'),
    Array.from({ length: 7 }, (_, tick) => Math.round(Math.sin(tick) * 1000) / 1000),
  );
  assert.deepEqual(column('pids.current'), [Number.NaN, 1, Number.NaN, Number.NaN, Number.NaN, 5, Number.NaN]);
});

test('the same snapshot of a container again is a row like the one before', () => {
  const still = containerSnapshot('a', { signals: { 'memory.current': 4096, 'cpu.usage': 0 } });
  const other = containerSnapshot('a', { signals: { 'memory.current': 8192 } });
  const row = [still, still, other, still, still];
  const same = (copy: boolean) =>
    tailOf(
      row.map((each, tick) => snapshotAt(START_MS + tick * 1000, [copy ? { ...each, signals: { ...each.signals } } : each])),
    );
  assert.deepEqual(same(false), same(true));
});

test('a part at a time, until there are no more subjects', () => {
  const bytes = tailOf(ticks(12));
  const first = readTail(bytes, 0, 3);
  const rest = readTail(bytes, first.next!, 3);
  assert.deepEqual([first.segments.length, first.next, rest.segments.length, rest.next], [3, 3, 1, undefined]);
  assert.deepEqual([...first.segments, ...rest.segments], readTail(bytes, 0, ALL).segments);
});

test('read again and again in the same memory, it is the same each time', () => {
  const reader = new TailReader();
  const [small, large] = [tailOf(ticks(6)), tailOf(ticks(200))];
  for (const bytes of [small, large, small]) {
    const kept = readTail(bytes, 0, ALL).segments;
    let count = 0;
    for (const segment of reader.read(bytes, 0, ALL).segments) assert.deepEqual(segment, kept[count++]);
    assert.equal(count, kept.length);
  }
});

test('of each figure it is known whether it is the same in all rows', () => {
  for (const { names, values, times, constant } of readTail(tailOf(ticks(12)), 0, ALL).segments)
    for (const [index] of names.entries()) {
      const column = values.subarray(index * times.length, (index + 1) * times.length);
      if (constant?.[index] === 1) assert.ok(column.every((value) => value === column[0]));
      else assert.ok(new Set(column).size > 1);
    }
});

test('cut off anywhere, all ticks that are whole are there', () => {
  const bytes = tailOf(ticks(12));
  const whole = tailOf(ticks(11)).length;
  for (let length = 0; length <= bytes.length; length += length > whole ? 1 : 7) {
    const rows = readTail(bytes.subarray(0, length), 0, ALL).segments[0]?.times.length ?? 0;
    if (length >= whole) assert.equal(rows, length === bytes.length ? 12 : 11);
    else assert.ok(rows <= 11);
  }
});

test('bytes that make no sense end it, and are never more than an error of range', () => {
  const bytes = tailOf(ticks(12));
  assert.throws(() => readTail(Buffer.from('something else'), 0, ALL), RangeError);
  // Every seventh byte, each turned over.
  for (let at = 5; at < bytes.length; at += 7) {
    const broken = Buffer.from(bytes);
    broken[at] = broken[at]! ^ 0xff;
    const { segments } = readTail(broken, 0, ALL);
    assert.ok((segments[0]?.times.length ?? 0) <= 12);
  }
});

test('what does not change takes next to nothing', () => {
  const busy = tailOf(ticks(2)).length;
  const idle = snapshotAt(START_MS, [containerSnapshot('a', { signals: { 'memory.current': 5, 'cpu.usage': 1 } })]);
  const many = tailOf(Array.from({ length: 60 }, (_, tick) => ({ ...idle, atMs: START_MS + tick * 1000 })));
  assert.ok(many.length < busy + 60 * 20, `${many.length} bytes`);
});
