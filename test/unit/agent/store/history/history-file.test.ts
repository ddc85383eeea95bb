import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Snapshot } from '#agent/contract/snapshot.js';
import { openDatabase } from '#agent/store/database/open-database.js';
import { ChunkRows } from '#agent/store/history/chunk-rows.js';
import { HistoryFile } from '#agent/store/history/history-file.js';
import { readSnapshots } from '#agent/store/history/read-history.js';
import { HISTORY_MIGRATIONS } from '#agent/store/history/schema.js';
import { segmentsOf, tailOf } from '#test/support/record-history.js';
import { containerSnapshot, snapshotAt } from '#test/support/snapshots.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

const START_MS = 1_790_000_000_000;
const DAY_MS = 86_400_000;

test('What was recorded is replayed tick by tick as it was', (t) => {
  const history = historyIn(t);
  const seen: Snapshot[] = [];
  for (let tick = 0; tick < 200; tick += 1) {
    const containers = [
      containerSnapshot('a', {
        signals: { 'memory.current': 4096 * tick, 'cpu.usage': tick / 1000, 'memory.some.avg10': (tick % 7) + 0.25 },
        memory: { currentBytes: 4096 * tick, someTotalUsec: tick * 1234, oomGroup: tick % 2 === 0 },
        frozen: tick % 5 === 0,
        // A limit that changes half way.
        limits: { 'memory.max': tick < 100 ? 1 << 30 : 'max' },
      }),
      // One that comes late, goes, and has a signal only at times.
      ...(tick > 50 && tick < 130
        ? [containerSnapshot('b', { ending: tick === 129, signals: tick % 3 === 0 ? { 'pids.current': tick } : {} })]
        : []),
    ];
    seen.push(snapshotAt(START_MS + tick * 1000 + (tick % 2), containers));
  }
  history.record(seen);
  assert.deepEqual(history.snapshots(START_MS, START_MS + DAY_MS), seen);
  const few = history.snapshots(START_MS + 60_000, START_MS + 90_000, 'name-b');
  assert.deepEqual(
    few,
    seen.slice(60, 90).map((each) => ({ ...each, containers: each.containers.filter(({ name }) => name === 'name-b') })),
  );
});

test('Figures of one container come as means of each step, and not those of others', (t) => {
  const history = historyIn(t);
  const ticks = Array.from({ length: 120 }, (_, tick) =>
    snapshotAt(START_MS + tick * 1000, [
      containerSnapshot('a', { signals: { 'memory.current': tick, 'cpu.usage': 1 } }),
      containerSnapshot('b', { signals: { 'memory.current': 999 } }),
    ]),
  );
  history.record(ticks);
  const view = history.file.read({ container: 'aaaa', fromMs: START_MS, toMs: START_MS + 120_000, stepMs: 10_000 }, 0);
  assert.equal(view?.times.length, 12);
  assert.equal(view?.times[0], new Date(START_MS).toISOString());
  assert.deepEqual(view?.fields['memory.current']?.slice(0, 3), [4.5, 14.5, 24.5]);
  assert.deepEqual(Object.keys(view?.fields ?? {}), ['cpu.usage', 'memory.current']);
  const one = history.file.read({ container: 'name-a', fromMs: START_MS, toMs: START_MS + 3000, fields: ['cpu.usage'] }, 0);
  assert.deepEqual([one?.stepMs, one?.fields], [1000, { 'cpu.usage': [1, 1, 1] }]);
  assert.equal(history.file.read({ container: 'nobody', fromMs: 0, toMs: 1 }, 0), undefined);
});

test('The node at a moment is the last tick until then, with all that ran, and tells its neighbours', (t) => {
  const history = historyIn(t, { maxAgeMs: 30 * DAY_MS, maxBytes: 1 << 30 });
  const tick = (second: number): Snapshot =>
    snapshotAt(START_MS + second * 1000, [
      containerSnapshot('a', { signals: { 'memory.current': second }, frozen: second % 2 === 0 }),
      ...(second >= 100 ? [containerSnapshot('b', { signals: { 'pids.current': 3 }, limits: { 'pids.max': second } })] : []),
    ]);
  const ticks = Array.from({ length: 1300 }, (_, second) => tick(second));
  assert.equal(history.file.moment(START_MS, 0), undefined);
  // A stretch without an agent.
  history.record(ticks.filter((_, second) => second < 200 || second >= 260));
  const at = (second: number) => history.file.moment(START_MS + second * 1000 + 999, 0);
  const iso = (second: number): string => new Date(START_MS + second * 1000).toISOString();
  const whole = (second: number, previous: number | null, next: number | null) => {
    const { node, containers } = ticks[second]!;
    const timeOf = (each: number | null) => (each === null ? null : iso(each));
    return { at: iso(second), previous: timeOf(previous), next: timeOf(next), node, containers };
  };
  const look = (): void => {
    assert.deepEqual(at(-2), whole(0, null, 1), 'before all: the first');
    assert.deepEqual(at(0), whole(0, null, 1));
    assert.deepEqual(at(99), whole(99, 98, 100));
    assert.deepEqual(at(100), whole(100, 99, 101));
    assert.deepEqual(at(230), whole(199, 198, 260));
    assert.deepEqual(at(260), whole(260, 199, 261));
    assert.deepEqual(at(5000), whole(1299, 1298, null));
  };
  look();
  history.maintainAt(START_MS + 3_600_000);
  look();
  history.maintainAt(START_MS + 2 * DAY_MS);
  const coarse = at(125)!;
  assert.deepEqual([coarse.at, coarse.previous, coarse.next], [iso(120), iso(110), iso(130)]);
  assert.deepEqual(
    coarse.containers.map(({ name }) => name),
    ['name-a', 'name-b'],
  );
});

test('Ticks are kept for a day, means of 10 s for a week, of 60 s for a month, and then nothing', (t) => {
  const history = historyIn(t, { maxAgeMs: 30 * DAY_MS, maxBytes: 1 << 30 });
  const ticks = Array.from({ length: 3600 }, (_, tick) =>
    snapshotAt(START_MS + tick * 1000, [containerSnapshot('a', { signals: { 'memory.current': tick, 'cpu.usage': 0.5 } })]),
  );
  history.record(ticks);
  const points = (): number[] => history.snapshots(START_MS - DAY_MS, START_MS + DAY_MS).map(({ atMs }) => atMs);
  history.maintainAt(START_MS + 2 * 3_600_000);
  assert.equal(points().length, 3600, 'an hour old: as it was');
  assert.deepEqual(history.snapshots(START_MS, START_MS + DAY_MS)[1234], ticks[1234]);
  history.maintainAt(START_MS + 1.2 * DAY_MS);
  assert.ok(points().length >= 360 && points().length <= 362, `a day old: ${points().length} points`);
  const view = history.file.read({ container: 'name-a', fromMs: START_MS, toMs: START_MS + 3_600_000, stepMs: 3_600_000 }, 0);
  const means = view?.fields['memory.current'] ?? [];
  assert.ok(means.length <= 2 && Math.abs((means[0] ?? 0) - 1800) < 1200, `means of all: ${means}`);
  history.maintainAt(START_MS + 8 * DAY_MS);
  assert.ok(points().length >= 60 && points().length <= 62, `a week old: ${points().length} points`);
  history.maintainAt(START_MS + 29 * DAY_MS);
  assert.ok(points().length >= 60);
  history.maintainAt(START_MS + 31 * DAY_MS);
  assert.deepEqual(points(), []);
});

test('The oldest goes when there is too much', (t) => {
  const history = historyIn(t, { maxAgeMs: 30 * DAY_MS, maxBytes: 80_000 });
  const noise = (seed: number): number => Math.abs(Math.sin(seed) * 1e9);
  for (let round = 0; round < 20; round += 1)
    history.record(
      Array.from({ length: 300 }, (_, tick) => {
        const at = round * 300 + tick;
        return snapshotAt(START_MS + at * 1000, [
          containerSnapshot('a', {
            signals: { 'memory.current': noise(at), 'memory.anon': noise(at + 0.5), 'io.read': noise(at + 0.7) },
          }),
        ]);
      }),
    );
  history.maintainAt(START_MS + 6000 * 1000);
  history.file.close();
  assert.ok(statSync(history.path).size < 130_000, `${statSync(history.path).size} bytes`);
  const left = history.snapshots(START_MS, START_MS + DAY_MS);
  assert.ok(left.length > 1000 && left.length < 6000, `${left.length} ticks are left`);
  assert.equal(left.at(-1)?.atMs, START_MS + 5999 * 1000, 'the newest stays');
});

test('Gaps are seen as such, and means keep the least and the largest', (t) => {
  const history = historyIn(t);
  const startMs = Math.ceil(START_MS / 60_000) * 60_000;
  const tick = (second: number): Snapshot =>
    snapshotAt(startMs + second * 1000, [
      containerSnapshot('a', { signals: { 'memory.current': second % 10 === 3 ? 500 : second } }),
    ]);
  // A minute, a minute of nothing, and half a minute.
  const seconds = Array.from({ length: 150 }, (_, second) => second).filter((second) => second < 60 || second >= 120);
  history.record(seconds.map(tick));
  const look = (stepMs: number) =>
    history.file.read({ container: 'name-a', fromMs: startMs - 60_000, toMs: startMs + 600_000, stepMs }, 0)!;
  const seen = look(30_000);
  assert.deepEqual(seen.samples, [30, 30, 0, 0, 30]);
  assert.deepEqual(
    seen.times,
    [0, 30, 60, 90, 120].map((second) => new Date(startMs + second * 1000).toISOString()),
  );
  const { 'memory.current': mean } = seen.fields;
  assert.deepEqual([mean?.[2], mean?.[3]], [null, null]);
  assert.deepEqual(
    [seen.min['memory.current'], seen.max['memory.current']],
    [
      [0, 30, null, null, 120],
      [500, 500, null, null, 500],
    ],
  );
  for (const days of [1.2, 8]) {
    history.maintainAt(startMs + days * DAY_MS);
    const later = look(60_000);
    assert.deepEqual(later.samples, [60, 0, days === 8 ? 60 : 30], `${days} days later`);
    assert.deepEqual(
      [later.min['memory.current'], later.max['memory.current']],
      [
        [0, null, 120],
        [500, null, 500],
      ],
    );
    const means = [mean![0]!, mean![1]!].reduce((sum, value) => sum + value / 2, 0);
    assert.ok(Math.abs(later.fields['memory.current']![0]! - means) < 1);
  }
  // Rows are a minute long now: shorter steps would seem to have gaps.
  assert.equal(look(1000).stepMs, 60_000);
});

test('One that was renamed is found by each of its names, with all of its history; a name that passed on is the last one’s', (t) => {
  const history = historyIn(t);
  const tick = (second: number, name: string, id = 'a'): Snapshot =>
    snapshotAt(START_MS + second * 1000, [containerSnapshot(id, { name, signals: { 'pids.current': second } })]);
  history.record([tick(0, 'old'), tick(1, 'new'), tick(2, 'new'), tick(3, 'old', 'b')]);
  const of = (container: string) => {
    const view = history.file.read({ container, fromMs: START_MS, toMs: START_MS + 10_000, stepMs: 1000 }, 0);
    return [view?.id.slice(0, 1), view?.name, view?.fields['pids.current']];
  };
  assert.deepEqual(of('new'), ['a', 'new', [0, 1, 2]]);
  assert.deepEqual(of('aaaa'), ['a', 'new', [0, 1, 2]]);
  assert.deepEqual(of('old'), ['b', 'old', [3]]);
});

test('What an earlier agent had begun to take out of a tail is not there twice', (t) => {
  const history = historyIn(t);
  const ids = [...'abcdef0123456789'].flatMap((digit) => [`${digit}1`, `${digit}2`]);
  const ticks = Array.from({ length: 5 }, (_, second) =>
    snapshotAt(
      START_MS + second * 1000,
      ids.map((id) => containerSnapshot(id, { name: id, signals: { 'pids.current': second } })),
    ),
  );
  const path = join(tempDir(t), 'tail-1');
  // It was killed after two ticks were read for somebody, and after the first part of the rest.
  history.record(ticks.slice(0, 2));
  writeFileSync(path, tailOf(ticks));
  const begun = history.file.appendTail(path, 0, true, 0);
  assert.deepEqual([begun.rows, begun.next], [16 * 3, 16]);
  for (let from: number | null = 0; from !== null; ) from = history.file.appendTail(path, from, true, 0).next;
  const found = history.snapshots(START_MS, START_MS + DAY_MS);
  assert.deepEqual(
    found.map(({ atMs, containers }) => [atMs, containers.length]),
    ticks.map(({ atMs }) => [atMs, 32]),
  );
  const view = history.file.read({ container: 'f2', fromMs: START_MS, toMs: START_MS + 5000, stepMs: 1000 }, 0);
  assert.deepEqual(view?.samples, [1, 1, 1, 1, 1]);
});

test('What could not be written leaves nothing behind, and what comes after it is whole', (t) => {
  const history = historyIn(t);
  const tick = (second: number, name: string): Snapshot =>
    snapshotAt(START_MS + second * 1000, [
      containerSnapshot('a', { name, signals: { 'memory.current': second, 'pids.current': 3 } }),
    ]);
  const segments = segmentsOf([tick(0, 'first')]).flat();
  const broken = { ...segments[0]!, facts: { ...segments[0]!.facts, limits: { x: 1n as unknown as number } } };
  assert.throws(() => history.file.append([...segments, broken], 0), /BigInt/);
  history.record([tick(1, 'first'), tick(2, 'second')]);
  assert.deepEqual(history.snapshots(START_MS, START_MS + DAY_MS), [tick(1, 'first'), tick(2, 'second')]);
});

interface TestHistory {
  file: HistoryFile;
  path: string;
  record(snapshots: readonly Snapshot[]): void;
  maintainAt(nowMs: number): void;
  snapshots(fromMs: number, toMs: number, container?: string): Snapshot[];
}

function historyIn(t: Teardown, retention = { maxAgeMs: 100 * 365 * DAY_MS, maxBytes: 1 << 30 }): TestHistory {
  const path = join(tempDir(t), 'history.db');
  const file = new HistoryFile({ path, retention, warn: (operation, message) => assert.fail(`${operation}: ${message}`) });
  t.after(() => file.close());
  return {
    file,
    path,
    record: (snapshots) => {
      for (const segments of segmentsOf(snapshots)) file.append(segments, 0);
    },
    maintainAt: (nowMs) => {
      for (let round = 0; round < 200; round += 1) file.maintain(nowMs);
    },
    snapshots: (fromMs, toMs, container) => {
      const { db } = openDatabase({ path, migrations: HISTORY_MIGRATIONS, synchronous: 'NORMAL', nowMs: 0 });
      try {
        return [...readSnapshots(db, new ChunkRows(db), { fromMs, toMs, container })];
      } finally {
        db.close();
      }
    },
  };
}
