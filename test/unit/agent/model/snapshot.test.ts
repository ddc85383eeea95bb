import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snapshotOf } from '#agent/model/snapshot.js';
import { memoryStat, sampleOf } from '#test/support/samples.js';

const subject = (id: string, limits: Record<string, number | string | boolean> = {}) => ({
  id,
  name: `name-${id}`,
  image: 'host:',
  labels: { tier: 'batch' },
  runtime: 'tsgov',
  cgroup: `/tsgov/${id}`,
  ending: false,
  limits,
});
const line = { avg10: 12, avg60: 6, avg300: 3, totalUsec: 4444 };

test('containers that are gone are left out; the rest is plain data that survives JSON', () => {
  const before = sampleOf(1000, { a: { cpuUsec: 0 }, b: {} });
  const after = sampleOf(2000, { a: { cpuUsec: 500_000, memoryBytes: 10, frozenTwin: true } });
  const snapshot = snapshotOf(before, after, [
    subject('a', { 'memory.max': 100, 'memory.low': 5, 'memory.oomGroup': true }),
    subject('b'),
  ]);
  assert.deepEqual(
    snapshot.containers.map(({ id }) => id),
    ['a'],
  );
  const [a] = snapshot.containers;
  assert.equal(a?.frozen, true);
  assert.equal(a?.signals['cpu.usage'], 0.5);
  assert.equal(a?.signals['memory.usage'], 10);
  assert.deepEqual(a?.memory, { currentBytes: 10, lowBytes: 5, oomGroup: true });
  const copy = JSON.parse(JSON.stringify(snapshot));
  assert.equal(copy.containers[0].signals['cpu.usage'], 0.5);
  assert.ok(!('cpu.throttled' in copy.containers[0].signals));
});

test('what no reclaim frees: kernel and locked memory, and anonymous memory where there is no swap', () => {
  const stat = memoryStat({
    anonBytes: 100,
    kernelBytes: 20,
    unevictableBytes: 3,
    refaults: 1,
    pagesScanned: 77,
    majorFaults: 0,
  });
  const of = (swapTotalBytes: number) =>
    snapshotOf(
      undefined,
      sampleOf(0, { a: { memoryStat: stat, memoryPressure: { some: line, full: undefined } } }, { swapTotalBytes }),
      [subject('a')],
    ).containers[0]?.memory;
  assert.deepEqual(of(0), { unreclaimableBytes: 123, someTotalUsec: 4444, pgscan: 77 });
  assert.equal(of(1000)?.unreclaimableBytes, 23);
});

test('one that is still has the same snapshot, which is what would be made anew, until anything of it changes', () => {
  const limits = { 'memory.max': 100 };
  const labels = { tier: 'batch' };
  const one = { ...subject('a', limits), labels };
  const stats = [1, 2].map((refaults) => memoryStat({ monotonicMs: refaults * 1000, refaults: refaults * 50 }));
  const figures = { cpuUsec: 700, memoryBytes: 10, highEvents: 3, memoryStat: stats[1], memoryStatBefore: stats[0] };
  let last: ReturnType<typeof snapshotOf>['containers'] = [];
  let before = sampleOf(0, { a: { ...figures, cpuUsec: 600 } });
  const tick = (still: boolean, over: object = {}, now: object = one) => {
    const after = sampleOf(before.monotonicMs + 1000, { a: { ...figures, still, ...over } });
    const subjects = [{ ...one, ...now }];
    const known = new Map(last.map((each) => [each.id, each]));
    last = snapshotOf(before, after, subjects, known).containers;
    assert.deepEqual(last, snapshotOf(before, after, subjects).containers);
    before = after;
    return last[0];
  };
  const whole = tick(false);
  const [first, second, third] = [tick(true), tick(true), tick(true)];
  assert.notEqual(first, whole);
  assert.equal(second, first);
  assert.equal(third, first);
  const frozen = tick(true, { frozen: true });
  assert.notEqual(frozen, first);
  assert.equal(tick(true, { frozen: true }), frozen);
  const changes: object[] = [
    { name: 'other' },
    { image: 'other' },
    { runtime: 'other' },
    { labels: { ...labels } },
    { cgroup: '/other' },
    { ending: true },
    { limits: { ...limits } },
    { wouldBe: { 'memory.max': 50 } },
    { signals: { 'cpu.latency.p99': 5 } },
    { signals: { 'network.receive': 0 } },
  ];
  for (const change of changes) {
    const still = tick(true);
    assert.notEqual(tick(true, {}, change), still, Object.keys(change).join());
  }
  const still = tick(true);
  assert.notEqual(tick(false), still);
  // The first after all was read has rates of its own.
  assert.notEqual(tick(true), still);
});

test("the node's signals and how many of its cores were busy", () => {
  const before = sampleOf(1000, {}, { busyUsec: 10_000_000 });
  const after = sampleOf(
    2000,
    {},
    {
      busyUsec: 11_250_000,
      memTotalBytes: 1000,
      memAvailableBytes: 250,
      swapTotalBytes: 100,
      swapFreeBytes: 40,
      ioPressure: { some: line, full: undefined },
    },
  );
  const { node } = snapshotOf(before, after, []);
  assert.deepEqual(node, {
    signals: {
      'node.io.some.avg10': 12,
      'node.io.some.avg60': 6,
      'node.io.some.avg300': 3,
      'node.memory.available': 25,
      'node.swap.free': 40,
    },
    memTotalBytes: 1000,
    cpus: 2,
    busyCores: 1.25,
  });
  assert.ok(!('busyCores' in snapshotOf(undefined, after, []).node));
});

test("signals that are not of the cgroup's files stand beside those that are", () => {
  const [before, after] = [sampleOf(1000, { a: { cpuUsec: 0 } }), sampleOf(2000, { a: { cpuUsec: 500_000 } })];
  const { containers } = snapshotOf(before, after, [{ ...subject('a'), signals: { 'cpu.latency.p99': 1500 } }]);
  assert.equal(containers[0]?.signals['cpu.latency.p99'], 1500);
  assert.equal(containers[0]?.signals['cpu.usage'], 0.5);
});
