import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatsView } from '#agent/contract/container.js';
import type { LatencyView } from '#agent/contract/latency.js';
import { detailSample } from '#src/top/live/detail-sample.js';
import { latencyTrack } from '#src/top/live/latency-track.js';

const SECOND: StatsView = {
  id: 'a',
  name: 'a',
  time: '2026-11-21T03:00:02Z',
  cpu: { usageUsec: 3_000_000, periods: 30, throttledPeriods: 15, throttledUsec: 1 },
  memory: { currentBytes: 100, anonBytes: 60, fileBytes: 30 },
  pids: { current: 4 },
  io: { readBytes: 4000, writeBytes: 100, reads: 1, writes: 1, devices: [] },
  network: [
    { interface: 'lo', receiveBytes: 9_000_000, transmitBytes: 9_000_000, receivePackets: 0, transmitPackets: 0 },
    { interface: 'eth0', receiveBytes: 5000, transmitBytes: 700, receivePackets: 0, transmitPackets: 0 },
  ],
  pressure: { cpu: { some: { avg10: 12.5, avg60: 0, avg300: 0, totalUsec: 0 } } },
};
const FIRST: StatsView = {
  ...SECOND,
  time: '2026-11-21T03:00:00Z',
  cpu: { usageUsec: 2_000_000, periods: 10, throttledPeriods: 5, throttledUsec: 1, cores: 0.4 },
  io: { ...SECOND.io, readBytes: 0 },
  network: SECOND.network.map((each) => ({ ...each, receiveBytes: 1000, transmitBytes: 500 })),
};

test('Rates come from two samples, loopback counts for nothing', () => {
  assert.deepEqual(detailSample(FIRST, SECOND), {
    atMs: Date.parse(SECOND.time),
    values: {
      'cpu.usage': 0.5,
      'cpu.throttled': 50,
      'memory.current': 100,
      'memory.anon': 60,
      'memory.file': 30,
      'pids.current': 4,
      'io.read': 2000,
      'io.write': 0,
      'network.receive': 2000,
      'network.transmit': 100,
      'cpu.some.avg10': 12.5,
    },
  });
});

test('The first sample has no rates, and one that began anew none that are below nothing', () => {
  const first = detailSample(undefined, FIRST).values;
  assert.deepEqual(
    [first['cpu.usage'], first['io.read'], first['network.receive'], first['cpu.throttled']],
    [0.4, undefined, undefined, undefined],
  );
  const anew = detailSample(SECOND, { ...FIRST, time: '2026-11-21T03:00:04Z' }).values;
  assert.deepEqual([anew['io.read'], anew['network.receive'], anew['cpu.throttled']], [undefined, undefined, 0]);
  assert.equal(detailSample(FIRST, { ...SECOND, network: [] }).values['network.receive'], undefined);
});

const latency = (runQueue: number[] | null, blockIo: LatencyView['blockIo'] = []): LatencyView => ({
  id: 'a',
  name: 'a',
  runQueue,
  blockIo,
  off: [],
});

test('Histograms become what came in each interval, devices together', () => {
  const write = (device: string, counts: number[]) => ({ device, operation: 'write', counts });
  const one = latencyTrack(undefined, latency([5, 5]), 1000);
  assert.deepEqual(one.intervals, [], 'all before counts for no interval');
  const two = latencyTrack(one, latency([7, 5], [write('8:0', [1, 2]), write('8:16', [10, 0])]), 2000);
  assert.deepEqual(two.intervals, [{ atMs: 2000, runQueue: [2, 0], read: undefined, write: [11, 2] }]);
  const anew = latencyTrack(two, latency([1, 9], [write('8:0', [1, 3])]), 3000);
  assert.deepEqual(anew.intervals.at(-1), { atMs: 3000, runQueue: [0, 4], read: undefined, write: [0, 1] });
  const off = latencyTrack(anew, latency(null), 4000);
  assert.deepEqual(off.intervals.at(-1), { atMs: 4000, runQueue: undefined, read: undefined, write: undefined });
  let track = one;
  for (let at = 0; at < 400; at += 1) track = latencyTrack(track, latency([at, 0]), at);
  assert.equal(track.intervals.length, 300, 'the oldest go');
});
