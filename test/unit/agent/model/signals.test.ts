import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerSignals } from '#agent/model/signals.js';
import { SIGNALS } from '#agent/policy/signals.js';
import { cgroupSample, memoryStat } from '#test/support/samples.js';

const line = (avg10: number, totalUsec: number) => ({ avg10, avg60: avg10 / 2, avg300: avg10 / 4, totalUsec });

test('every signal of a container is of the vocabulary, and none is left out', () => {
  const signals = Object.keys(containerSignals(undefined, cgroupSample(), {}));
  const known = Object.entries(SIGNALS)
    .filter(([, { scope }]) => scope === 'container')
    .map(([name]) => name);
  assert.deepEqual(signals.toSorted(), known.toSorted());
});

test('rates are of the time between the samples; without an earlier one there are none', () => {
  const before = cgroupSample({ monotonicMs: 1000, cpuUsec: 5_000_000, highEvents: 10, oomKills: 1 });
  const after = cgroupSample({ monotonicMs: 3000, cpuUsec: 8_000_000, highEvents: 50, oomKills: 1 });
  const signals = containerSignals(before, after, {});
  assert.equal(signals['cpu.usage'], 1.5);
  assert.equal(signals['memory.events.high'], 20);
  assert.equal(signals['memory.events.oom_kill'], 0);
  assert.equal(signals['memory.events.low'], undefined);
  assert.equal(containerSignals(undefined, after, {})['cpu.usage'], undefined);
});

test('a counter that went back, and time that stood still, give no rate', () => {
  const before = cgroupSample({ monotonicMs: 1000, cpuUsec: 5_000_000, periods: 100, throttledPeriods: 50 });
  const anew = cgroupSample({ monotonicMs: 2000, cpuUsec: 10, periods: 1, throttledPeriods: 0 });
  assert.equal(containerSignals(before, anew, {})['cpu.usage'], undefined);
  assert.equal(containerSignals(before, anew, {})['cpu.throttled'], undefined);
  const same = cgroupSample({ monotonicMs: 1000, cpuUsec: 6_000_000 });
  assert.equal(containerSignals(before, same, {})['cpu.usage'], undefined);
});

test('throttling is the share of the periods that passed; none passed is none throttled', () => {
  const before = cgroupSample({ periods: 100, throttledPeriods: 50 });
  const of = (periods: number, throttledPeriods: number) =>
    containerSignals(before, cgroupSample({ monotonicMs: 1000, periods, throttledPeriods }), {})['cpu.throttled'];
  assert.equal(of(110, 58), 80);
  assert.equal(of(100, 50), 0);
  assert.equal(of(101, 60), 100);
});

test('pressure, use and share of the limit are those of the later sample', () => {
  const after = cgroupSample({
    monotonicMs: 1000,
    memoryBytes: 300,
    pids: 5,
    cpuPressure: { some: line(20, 1), full: undefined },
    memoryPressure: { some: line(4, 1), full: line(2, 1) },
  });
  const signals = containerSignals(undefined, after, { 'memory.max': 400, 'pids.max': 'max' });
  assert.equal(signals['memory.usage'], 75);
  assert.equal(signals['pids.usage'], undefined);
  assert.equal(signals['cpu.some.avg60'], 10);
  assert.equal(signals['cpu.full.avg10'], undefined);
  assert.equal(signals['memory.full.avg300'], 0.5);
  assert.equal(signals['io.some.avg10'], undefined);
  assert.equal(containerSignals(undefined, after, {})['memory.usage'], undefined);
});

test('what costly files say holds until they are read again, with rates over their own time', () => {
  const stat = (monotonicMs: number, refaults: number) => memoryStat({ monotonicMs, anonBytes: 7, swapBytes: 3, refaults });
  const [first, second] = [stat(1000, 100), stat(6000, 600)];
  const at5 = cgroupSample({ monotonicMs: 5000, memoryStat: first });
  const at6 = cgroupSample({ monotonicMs: 6000, memoryStat: second, memoryStatBefore: first });
  const at7 = cgroupSample({ monotonicMs: 7000, memoryStat: second, memoryStatBefore: first });
  for (const [before, after] of [
    [at5, at6],
    [at6, at7],
  ] as const) {
    const signals = containerSignals(before, after, {});
    assert.equal(signals['memory.refaults'], 100);
    assert.equal(signals['memory.anon'], 7);
    assert.equal(signals['memory.swap.current'], 3);
    assert.equal(signals['memory.scans'], undefined);
  }
  assert.equal(containerSignals(undefined, at5, {})['memory.refaults'], undefined);
});

test('bytes of all disks together; a disk that came meanwhile counts from nothing', () => {
  const io = (monotonicMs: number, devices: Record<string, number>) => ({
    monotonicMs,
    devices: Object.fromEntries(
      Object.entries(devices).map(([id, writeBytes]) => [id, { readBytes: 0, writeBytes, reads: 0, writes: 0 }]),
    ),
  });
  const before = cgroupSample({ monotonicMs: 1000, io: io(1000, { '8:0': 1000 }) });
  const after = cgroupSample({ monotonicMs: 3000, io: io(3000, { '8:0': 3000, '8:16': 4000 }), ioBefore: before.io });
  const signals = containerSignals(before, after, {});
  assert.equal(signals['io.write'], 3000);
  assert.equal(signals['io.read'], 0);
});
