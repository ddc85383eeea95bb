import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLimits } from '#agent/containers/limits-parse.js';
import { viewLimits } from '#agent/containers/limits-view.js';
import { AgentError } from '#agent/contract/errors.js';
import type { LimitsInput } from '#agent/contract/limits.js';
import type { Limits } from '#runtime/cgroup/limits.js';

const MiB = 1 << 20;
const DISKS: Record<string, { major: number; minor: number }> = {
  '/dev/vda': { major: 254, minor: 0 },
  '/srv': { major: 254, minor: 0 },
  '8:0': { major: 8, minor: 0 },
};

function resolveDevice(device: string, field: string): { major: number; minor: number } {
  const disk = DISKS[device];
  if (disk === undefined) throw new AgentError('DEVICE_UNKNOWN', `${field} ${device}`, { field });
  return disk;
}

const TAKEN: [string, LimitsInput, Limits][] = [
  ['nothing', {}, {}],
  ['cores', { cpu: { max: 1.5 } }, { cpu: { maxCores: 1.5 } }],
  ['cores as text', { cpu: { max: '0.25' } }, { cpu: { maxCores: 0.25 } }],
  ['no cpu limit', { cpu: { max: 'max' } }, { cpu: { maxCores: 'max' } }],
  ['times', { cpu: { period: '100ms', burst: 0.05 } }, { cpu: { periodUsec: 100_000, burstUsec: 50_000 } }],
  ['weights', { cpu: { weight: 50, shares: 512, idle: true } }, { cpu: { weight: 50, shares: 512, idle: true } }],
  ['cpuset', { cpuset: { cpus: ' 0-1 ', mems: '0' } }, { cpuset: { cpus: '0-1', mems: '0' } }],
  ['k', { memory: { max: '64k' } }, { memory: { maxBytes: 65_536 } }],
  ['m', { memory: { max: '64m' } }, { memory: { maxBytes: 64 * MiB } }],
  ['MB is binary, as Docker', { memory: { max: '1MB' } }, { memory: { maxBytes: MiB } }],
  ['KiB', { memory: { high: '1KiB' } }, { memory: { highBytes: 1024 } }],
  ['MiB with a space', { memory: { low: '2 MiB' } }, { memory: { lowBytes: 2 * MiB } }],
  ['GiB with a fraction', { memory: { min: '1.5GiB' } }, { memory: { minBytes: 1.5 * 1024 * MiB } }],
  [
    'bytes',
    { memory: { max: 4096, swap: 0, oomGroup: false } },
    { memory: { maxBytes: 4096, swapMaxBytes: 0, oomGroup: false } },
  ],
  ['no memory limit', { memory: { max: 'max' } }, { memory: { maxBytes: 'max' } }],
  ['pids', { pids: { max: 64 } }, { pids: { max: 64 } }],
  ['pids as text', { pids: { max: '64' } }, { pids: { max: 64 } }],
  ['no pids limit', { pids: { max: 'max' } }, { pids: { max: 'max' } }],
  ['huge pages', { hugetlb: { '2MB': '64MiB', '1GB': 'max' } }, { hugetlb: { '2MB': 64 * MiB, '1GB': 'max' } }],
  ['state', { state: 'frozen' }, { state: 'frozen' }],
  [
    'a device by path',
    { io: { weight: 200, devices: [{ device: '/srv', readBps: '20MiB', writeIops: 500, latency: '10ms' }] } },
    {
      io: {
        weight: 200,
        devices: [{ major: 254, minor: 0, asked: '/srv', readBytesPerSec: 20 * MiB, writeIops: 500, latencyUsec: 10_000 }],
      },
    },
  ],
  [
    'two entries of one disk become one',
    {
      io: {
        devices: [
          { device: '/dev/vda', readBps: 1 },
          { device: '/srv', writeBps: 2 },
          { device: '8:0', readIops: 'max' },
        ],
      },
    },
    {
      io: {
        devices: [
          { major: 254, minor: 0, asked: '/dev/vda', readBytesPerSec: 1, writeBytesPerSec: 2 },
          { major: 8, minor: 0, asked: '8:0', readIops: 'max' },
        ],
      },
    },
  ],
];

for (const [name, input, limits] of TAKEN) {
  test(`taken: ${name}`, () => assert.deepEqual(parseLimits(input, 'limits', resolveDevice), limits));
}

const REFUSED: [string, LimitsInput, string][] = [
  ['no cores', { cpu: { max: 0 } }, 'limits.cpu.max'],
  ['negative cores', { cpu: { max: -1 } }, 'limits.cpu.max'],
  ['cores in words', { cpu: { max: 'half' } }, 'limits.cpu.max'],
  ['infinite cores', { cpu: { max: Number.POSITIVE_INFINITY } }, 'limits.cpu.max'],
  ['a time without a number', { cpu: { period: 'ms' } }, 'limits.cpu.period'],
  ['a time in days', { cpu: { burst: '1d' } }, 'limits.cpu.burst'],
  ['half a weight', { cpu: { weight: 1.5 } }, 'limits.cpu.weight'],
  ['a size in words', { memory: { max: 'lots' } }, 'limits.memory.max'],
  ['a negative size', { memory: { high: -1 } }, 'limits.memory.high'],
  ['an unknown unit', { memory: { low: '5x' } }, 'limits.memory.low'],
  ['a size beyond numbers', { memory: { min: '99999999t' } }, 'limits.memory.min'],
  ['an empty size', { memory: { swap: '' } }, 'limits.memory.swap'],
  ['no pids', { pids: { max: 0 } }, 'limits.pids.max'],
  ['half a pid', { pids: { max: 1.5 } }, 'limits.pids.max'],
  ['a page size that is none', { hugetlb: { large: 1 } }, 'limits.hugetlb.large'],
  ['an unknown device', { io: { devices: [{ device: '/no/such', readBps: 1 }] } }, 'limits.io.devices[0].device'],
  [
    'a bad rate',
    {
      io: {
        devices: [
          { device: '/srv', readBps: 1 },
          { device: '8:0', writeBps: 'fast' },
        ],
      },
    },
    'limits.io.devices[1].writeBps',
  ],
  [
    'one disk set twice',
    {
      io: {
        devices: [
          { device: '/srv', readBps: 1 },
          { device: '/dev/vda', readBps: 2 },
        ],
      },
    },
    'limits.io.devices[1]',
  ],
];

for (const [name, input, field] of REFUSED) {
  test(`refused, naming the field: ${name}`, () => {
    assert.throws(
      () => parseLimits(input, 'limits', resolveDevice),
      (error: unknown) => error instanceof AgentError && error.field === field && error.message.includes(field),
    );
  });
}

test('without a prefix the field is the limit itself', () => {
  assert.throws(() => parseLimits({ memory: { max: 'x' } }, '', resolveDevice), { field: 'memory.max', code: 'LIMIT_INVALID' });
});

test('what is shown is taken back as the same limits', () => {
  const limits = parseLimits(
    {
      cpu: { max: 1.5, period: '250ms', burst: '0.5ms', weight: 7, idle: false },
      cpuset: { cpus: '0' },
      memory: { max: '64MiB', high: 'max', oomGroup: true },
      io: { weight: 100, devices: [{ device: '/srv', readBps: '20MiB' }] },
      pids: { max: 'max' },
      hugetlb: { '2MB': 0 },
    },
    '',
    resolveDevice,
  );
  const view = viewLimits(limits);
  assert.equal(view.cpu?.period, '250ms');
  assert.deepEqual(parseLimits(view, '', resolveDevice), limits);
});
