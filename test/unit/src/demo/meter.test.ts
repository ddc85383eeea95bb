import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatsView } from '#agent/contract/container.js';
import { Meter } from '#src/demo/meter.js';
import { judge } from '#src/demo/verdict.js';

const MIB = 1024 * 1024;

function stats(
  second: number,
  figures: { usageUsec?: number; writeBytes?: number; currentBytes?: number; peakBytes?: number },
): StatsView {
  const { usageUsec = 0, writeBytes = 0, currentBytes = 0, peakBytes = 0 } = figures;
  return {
    id: 'a',
    name: 'a',
    time: new Date(second * 1000).toISOString(),
    cpu: { usageUsec, periods: second * 10, throttledPeriods: second * 9 },
    memory: { currentBytes, peakBytes, oomKills: second },
    pids: {},
    io: { readBytes: 0, writeBytes, reads: 0, writes: second, devices: [] },
    network: [],
  };
}

test('a rate is the counter difference over the sample times, now and over the window', () => {
  const meter = new Meter('cpu');
  meter.add(stats(10, { usageUsec: 0 }));
  assert.equal(meter.read(), undefined);
  meter.add(stats(12, { usageUsec: 2_000_000 }));
  meter.add(stats(14, { usageUsec: 2_500_000 }));
  const reading = meter.read();
  assert.equal(reading?.now, 0.25);
  assert.equal(reading?.use, 0.625);
  assert.equal(reading?.evidence, 'nr_throttled 36 of 40 periods');
});

test('restart begins a new window at the last sample', () => {
  const meter = new Meter('disk');
  meter.add(stats(0, { writeBytes: 0 }));
  meter.add(stats(1, { writeBytes: 500 * MIB }));
  meter.restart();
  assert.equal(meter.read(), undefined);
  meter.add(stats(2, { writeBytes: 504 * MIB }));
  assert.equal(meter.read()?.use, 4 * MIB);
});

test('memory use is the most the kernel ever charged', () => {
  const meter = new Meter('memory');
  meter.add(stats(0, { currentBytes: 10 * MIB, peakBytes: 64 * MIB }));
  meter.add(stats(1, { currentBytes: 30 * MIB, peakBytes: 64 * MIB }));
  assert.deepEqual(meter.read(), { now: 30 * MIB, use: 64 * MIB, evidence: 'oom_kill 1' });
});

test('a sample no newer than the last one changes nothing', () => {
  const meter = new Meter('cpu');
  meter.add(stats(1, { usageUsec: 0 }));
  meter.add(stats(1, { usageUsec: 9 }));
  assert.equal(meter.read(), undefined);
});

test('a limit held only when it was put to the test and not exceeded', () => {
  assert.equal(judge('cpu', 0.25, 0.26).held, true);
  assert.equal(judge('cpu', 0.25, 0.3).held, false);
  assert.equal(judge('cpu', 0.25, 0.01).held, false);
  assert.equal(judge('memory', 64 * MIB, 64 * MIB).held, true);
  assert.equal(judge('memory', 64 * MIB, 64 * MIB + 1).held, false);
  assert.equal(judge('disk', 4 * MIB, undefined).held, false);
});
