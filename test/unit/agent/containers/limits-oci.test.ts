import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitsFromResources } from '#agent/containers/limits-oci.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import type { OciResources } from '#runtime/spec/oci.js';

const MiB = 1 << 20;
for (const [name, resources, limits] of [
  ['nothing', {}, {}],
  ['quota and period', { cpu: { quota: 50_000, period: 100_000 } }, { cpu: { maxCores: 0.5, periodUsec: 100_000 } }],
  ['quota of the default period', { cpu: { quota: 150_000, burst: 10 } }, { cpu: { maxCores: 1.5, burstUsec: 10 } }],
  ['no quota', { cpu: { quota: -1 } }, { cpu: { maxCores: 'max' } }],
  ['shares, and what they are in v2', { cpu: { shares: 512 } }, { cpu: { shares: 512, weight: 59 } }],
  [
    'shares 0 are unset, idle, lists',
    { cpu: { shares: 0, idle: 1, cpus: '0-1', mems: '' } },
    { cpu: { idle: true }, cpuset: { cpus: '0-1' } },
  ],
  ['memory + swap', { memory: { limit: 64 * MiB, swap: 100 * MiB } }, { memory: { maxBytes: 64 * MiB, swapMaxBytes: 36 * MiB } }],
  ['no swap', { memory: { limit: 64 * MiB, swap: 64 * MiB } }, { memory: { maxBytes: 64 * MiB, swapMaxBytes: 0 } }],
  [
    'unlimited',
    { memory: { limit: -1, swap: -1, reservation: 5 } },
    { memory: { maxBytes: 'max', swapMaxBytes: 'max', lowBytes: 5 } },
  ],
  ['pids', { pids: { limit: 5 } }, { pids: { max: 5 } }],
  ['unlimited pids', { pids: { limit: -1 } }, { pids: { max: 'max' } }],
  [
    'throttles of one disk together',
    {
      blockIO: {
        weight: 500,
        throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 9 }],
        throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 0 }],
      },
    },
    { io: { blkioWeight: 500, devices: [{ major: 8, minor: 0, asked: '8:0', readBytesPerSec: 9, writeIops: 'max' }] } },
  ],
  ['huge pages', { hugepageLimits: [{ pageSize: '2MB', limit: 4096 }] }, { hugetlb: { '2MB': 4096 } }],
] as [string, OciResources, Limits][]) {
  test(name, () => assert.deepEqual(limitsFromResources(resources), limits));
}
