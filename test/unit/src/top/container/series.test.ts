import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Details } from '#src/top/container/details.js';
import { limitEntriesOf } from '#src/top/container/limit-entries.js';
import { lastOf, seriesOf } from '#src/top/container/series.js';

const DETAILS: Partial<Details> = {
  history: { timesMs: [0, 1000, 2000], stepMs: 1000, fields: { 'cpu.usage': [1, null, 3], 'io.read': [7, 7, 7] } },
  samples: [
    { atMs: 1500, values: { 'cpu.usage': 9, 'network.receive': 5 } },
    { atMs: 3000, values: { 'cpu.usage': 4 } },
    { atMs: 4000, values: { 'cpu.usage': 5, 'network.receive': 6 } },
  ],
};
const span = { fromMs: 0, toMs: 5000, columns: 5 };

test('What was recorded goes on as what was seen since; what is not recorded is of what was seen alone', () => {
  assert.deepEqual(seriesOf(DETAILS, 'cpu.usage', span), [1, 1, 3, 4, 5]);
  assert.deepEqual(seriesOf(DETAILS, 'network.receive', span), [undefined, 5, 5, 5, 6]);
  assert.deepEqual(seriesOf(DETAILS, 'nothing', span), Array(5).fill(undefined));
  assert.deepEqual(seriesOf({}, 'cpu.usage', span), Array(5).fill(undefined));
});

test('The newest value is of the time looked at, not after it', () => {
  assert.equal(lastOf(DETAILS, 'cpu.usage', 5000), 5);
  assert.equal(lastOf(DETAILS, 'cpu.usage', 3500), 4);
  assert.equal(lastOf(DETAILS, 'io.read', 1500), 7);
  assert.equal(lastOf(DETAILS, 'io.read', -1), undefined);
  assert.equal(lastOf({}, 'io.read', 0), undefined);
});

test('Limits come one by one with who set each, those of disks by the disk', () => {
  const limits = {
    cpu: { max: 0.5 },
    memory: { max: 512 << 20, swap: 'max' },
    io: { devices: [{ device: '/dev/vda', readBps: 1 << 20, writeIops: 50, disk: { number: '254:0', name: 'vda' } }] },
    state: 'frozen' as const,
  };
  const limitSources = {
    'cpu.max': 'policy/web',
    'memory.max': 'run',
    'io.devices[254:0].readBps': 'override',
    state: 'schedule/night',
  };
  assert.deepEqual(limitEntriesOf({ limits, limitSources }), [
    { field: 'cpu.max', value: '0.5', source: 'policy/web' },
    { field: 'memory.max', value: '512M', source: 'run' },
    { field: 'memory.swap', value: 'max', source: '' },
    { field: 'io.readBps vda', value: '1.0M/s', source: 'override' },
    { field: 'io.writeIops vda', value: '50', source: '' },
    { field: 'state', value: 'frozen', source: 'schedule/night' },
  ]);
});
