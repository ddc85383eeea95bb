import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitsChange, mergeLimits } from '#agent/containers/limits-merge.js';

const disk = { major: 8, minor: 0, asked: '/dev/sda' };

test('field by field the last source wins, and each field says which', () => {
  const { limits, sources } = mergeLimits([
    {
      source: 'run',
      limits: {
        cpu: { maxCores: 1, weight: 50 },
        memory: { maxBytes: 1024 },
        io: { devices: [{ ...disk, readIops: 5, readBytesPerSec: 9 }] },
      },
    },
    {
      source: 'override',
      limits: { cpu: { maxCores: 2 }, pids: { max: 7 }, io: { devices: [{ ...disk, readIops: 6 }] }, hugetlb: { '2MB': 0 } },
    },
  ]);
  assert.deepEqual(limits, {
    cpu: { maxCores: 2, weight: 50 },
    memory: { maxBytes: 1024 },
    io: { devices: [{ ...disk, readIops: 6, readBytesPerSec: 9 }] },
    pids: { max: 7 },
    hugetlb: { '2MB': 0 },
  });
  assert.deepEqual(sources, {
    'cpu.max': 'override',
    'cpu.weight': 'run',
    'memory.max': 'run',
    'io.devices[8:0].readIops': 'override',
    'io.devices[8:0].readBps': 'run',
    'pids.max': 'override',
    'hugetlb.2MB': 'override',
  });
});

test('a weight replaces shares given below it, and the other way round', () => {
  const run = { source: 'run', limits: { cpu: { shares: 512, weight: 59 }, io: { blkioWeight: 500, weight: 4950 } } };
  assert.deepEqual(mergeLimits([run]).limits, run.limits);
  assert.deepEqual(mergeLimits([run, { source: 'override', limits: { cpu: { weight: 7 }, io: { weight: 8 } } }]).limits, {
    cpu: { weight: 7 },
    io: { weight: 8 },
  });
  const back = mergeLimits([
    { source: 'run', limits: { cpu: { weight: 7 } } },
    { source: 'override', limits: { cpu: { shares: 2 } } },
  ]);
  assert.deepEqual(back, { limits: { cpu: { shares: 2 } }, sources: { 'cpu.shares': 'override' } });
});

test('a limit that is dropped goes back to what the kernel starts with', () => {
  assert.deepEqual(
    limitsChange(
      {
        cpu: { maxCores: 1, weight: 5, idle: true },
        memory: { maxBytes: 5, lowBytes: 3, swapMaxBytes: 0 },
        pids: { max: 3 },
        io: { devices: [{ ...disk, readIops: 6 }] },
      },
      { memory: { maxBytes: 6 } },
    ),
    {
      cpu: { maxCores: 'max', weight: 100, idle: false },
      memory: { maxBytes: 6, lowBytes: 0, swapMaxBytes: 'max' },
      pids: { max: 'max' },
      io: { devices: [{ ...disk, readIops: 'max' }] },
    },
  );
});

test('nothing dropped, nothing added', () => {
  const limits = { cpu: { maxCores: 1 }, cpuset: { cpus: '0' }, state: 'frozen' as const };
  assert.deepEqual(limitsChange(limits, limits), limits);
  assert.deepEqual(limitsChange({}, {}), {});
});
