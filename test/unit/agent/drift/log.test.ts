import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DriftRecord } from '#agent/contract/drift.js';
import { Histogram } from '#agent/drift/histogram.js';
import { DriftLog } from '#agent/drift/log.js';
import type { DriftHistory } from '#agent/governor/drift/decide.js';
import { TEXT } from '#agent/metrics/exposition.js';
import { written } from '#agent/metrics/render.js';
import type { Subject } from '#agent/metrics/subjects/subject.js';
import { driftBlocks } from '#agent/metrics/writers/drift.js';
import { FakeClock } from '#test/support/fake-clock.js';

const record = (over: Partial<DriftRecord> = {}): DriftRecord => ({
  time: '2026-11-21T00:00:00Z',
  field: 'pids.max',
  from: 'max',
  to: 60,
  source: 'run',
  cause: 'fanotify',
  writer: null,
  repaired: true,
  repairMs: 2,
  ...over,
});

const war = (repairedMs: number): DriftHistory =>
  new Map([
    [
      'pids.max',
      {
        repairsMs: [],
        war: { sinceMs: 0, drifts: 11, backOffMs: 1000, repairedMs, writer: { pid: 42, gone: false, comm: 'sh', uid: 0 } },
      },
    ],
  ]);

test('the last hundred drifts of a container are kept, and all are counted', () => {
  const log = new DriftLog(new FakeClock());
  for (let n = 0; n < 150; n += 1) log.record('a', record({ from: n }));
  const view = log.view('a', 'web');
  assert.equal(view.total, 150);
  assert.deepEqual([view.drifts.length, view.drifts[0]?.from, view.drifts.at(-1)?.from], [100, 50, 149]);
  assert.deepEqual(log.view('b', 'other'), { id: 'b', name: 'other', watching: 'scan', total: 0, drifts: [], wars: [] });
});

test('a war is a condition that names the other writer, and postpones what is fought for', () => {
  const clock = new FakeClock();
  const log = new DriftLog(clock);
  assert.deepEqual(log.conditions('a'), []);
  log.setHistory('a', war(clock.monotonicMs()));
  const [condition] = log.conditions('a');
  assert.equal(condition?.type, 'DriftWar');
  assert.equal(condition?.field, 'pids.max');
  assert.match(
    condition?.message ?? '',
    /^sh \(pid 42, uid 0\) keeps changing pids.max: it was put back 11 times, and now only every 1 s;/,
  );
  assert.equal(log.view('a', 'web').wars[0]?.drifts, 11);
  assert.equal(log.postponed('a', ['pids.max']), true);
  assert.equal(log.postponed('a', ['pids.max', 'memory.max']), false);
  assert.equal(log.postponed('b', ['pids.max']), false);
  clock.advance(1000);
  assert.equal(log.postponed('a', ['pids.max']), false);
});

test('the wish to look again is one at a time, and goes with the container', () => {
  const clock = new FakeClock();
  const log = new DriftLog(clock);
  const looks: string[] = [];
  log.lookAt('a', clock.monotonicMs() + 100, () => looks.push('early'));
  log.lookAt('a', clock.monotonicMs() + 200, () => looks.push('later'));
  log.lookAt('b', clock.monotonicMs() + 200, () => looks.push('gone'));
  log.keepOnly(new Set(['a']));
  clock.advance(300);
  assert.deepEqual(looks, ['later']);
});

test('a histogram counts up to each bound and above all', () => {
  const histogram = new Histogram([1, 2]);
  for (const value of [0.5, 1, 1.5, 9]) histogram.observe(value);
  assert.deepEqual(histogram.cumulated(), [2, 3, 4]);
  assert.equal(histogram.sum, 12);
});

test('/metrics has drifts by container, limit and cause, and how soon they were put back', () => {
  const log = new DriftLog(new FakeClock());
  log.record('a', record());
  log.record('a', record({ repairMs: 30 }));
  log.record('a', record({ cause: 'scan', repaired: false }));
  log.watching = 'fanotify';
  const subject = { labels: 'id="/x",name="web"', container: { id: 'a' } } as Subject;
  const blocks = driftBlocks(log, [subject, { labels: 'id="/"', container: undefined } as Subject]);
  const text = [...written(blocks, TEXT)].join('');
  assert.match(text, /^tsgov_drift_total\{id="\/x",name="web",field="pids.max",cause="fanotify"\} 2$/m);
  assert.match(text, /^tsgov_drift_total\{id="\/x",name="web",field="pids.max",cause="scan"\} 1$/m);
  assert.match(text, /^tsgov_drift_repair_seconds_bucket\{le="0.0025"\} 1$/m);
  assert.match(text, /^tsgov_drift_repair_seconds_bucket\{le="\+Inf"\} 2$/m);
  assert.match(text, /^tsgov_drift_repair_seconds_sum 0.032$/m);
  assert.match(text, /^tsgov_drift_watching 1$/m);
});
