import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostFacts } from '#runtime/cgroup/cgroup-host.js';
import { LimitError } from '#runtime/cgroup/errors.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { validateLimits } from '#runtime/cgroup/validate.js';

const FACTS: HostFacts = { cpus: [0, 1, 3], mems: [0], hugePageSizes: ['2MB'], pageSizeBytes: 4096 };
const disk = { major: 8, minor: 0, asked: '/data' };

const BAD: readonly [Limits, field: string, reason: RegExp, current?: Limits][] = [
  [{ memory: { maxBytes: 1 } }, 'memory.max', /6 MiB/],
  [{ memory: { maxBytes: 6 * 1024 * 1024 - 1 } }, 'memory.max', /6 MiB/],
  [{ memory: { maxBytes: 1e7 + 0.5 } }, 'memory.max', /whole number/],
  [{ memory: { maxBytes: Number.NaN } }, 'memory.max', /whole number/],
  [{ memory: { swapMaxBytes: -1 } }, 'memory.swap', /least/],
  [{ memory: { highBytes: -5 } }, 'memory.high', /least/],
  [{ cpu: { maxCores: 9999 } }, 'cpu.max', /3 this host has/],
  [{ cpu: { maxCores: 3.01 } }, 'cpu.max', /3 this host has/],
  [{ cpu: { maxCores: 0 } }, 'cpu.max', /0\.01/],
  [{ cpu: { maxCores: Number.POSITIVE_INFINITY } }, 'cpu.max', /not a number of cores/],
  [{ cpu: { periodUsec: 999 } }, 'cpu.period', /^0.999ms is not a time from 1ms to 1s$/],
  [{ cpu: { periodUsec: 10_000_000 } }, 'cpu.period', /^10s is not a time from 1ms to 1s$/],
  [{ cpu: { maxCores: 0.01, periodUsec: 50_000 } }, 'cpu.max', /at least 100ms/],
  [{ cpu: { periodUsec: 1000 } }, 'cpu.period', /1ms/, { cpu: { maxCores: 0.5, periodUsec: 100_000 } }],
  [{ cpu: { maxCores: 0.1, burstUsec: 10_001 } }, 'cpu.burst', /10ms of quota/],
  [{ cpu: { maxCores: 0.1 } }, 'cpu.max', /burst/, { cpu: { maxCores: 1, burstUsec: 20_000, periodUsec: 100_000 } }],
  [{ cpu: { weight: 0 } }, 'cpu.weight', /1 to 10000/],
  [{ cpu: { weight: 10001 } }, 'cpu.weight', /1 to 10000/],
  [{ cpu: { shares: 1 } }, 'cpu.shares', /2 to 262144/],
  [{ cpuset: { cpus: '2' } }, 'cpuset.cpus', /online \(2\)/],
  [{ cpuset: { cpus: '0-9' } }, 'cpuset.cpus', /online/],
  [{ cpuset: { cpus: 'zero' } }, 'cpuset.cpus', /not a list/],
  [{ cpuset: { mems: '1' } }, 'cpuset.mems', /memory nodes/],
  [{ io: { weight: 0 } }, 'io.weight', /1 to 10000/],
  [{ io: { blkioWeight: 9 } }, 'io.blkioWeight', /10 to 1000/],
  [{ io: { devices: [{ ...disk, readBytesPerSec: 0 }] } }, 'io.devices[0].readBps', /least/],
  [{ io: { devices: [{ ...disk, writeIops: 2 ** 32 }] } }, 'io.devices[0].writeIops', /most/],
  [{ io: { devices: [disk, { ...disk, asked: '/dev/sda' }] } }, 'io.devices[1]', /8:0.*io\.devices\[0\]/],
  [{ pids: { max: -1 } }, 'pids.max', /least/],
  [{ pids: { max: 1e9 } }, 'pids.max', /most/],
  [{ hugetlb: { '3MB': 1 } }, 'hugetlb.3MB', /of 2MB/],
  [{ hugetlb: { big: 1 } }, 'hugetlb.big', /page size/],
  [{ state: 'cold' as 'frozen' }, 'state', /neither/],
];
for (const [limits, field, reason, current] of BAD)
  test(`refused: ${JSON.stringify(limits)}${current === undefined ? '' : ' on top of what is in force'}`, () => {
    assert.throws(
      () => validateLimits(limits, FACTS, current),
      (error) => {
        assert.ok(error instanceof LimitError);
        assert.equal(error.code, 'LIMIT_INVALID');
        assert.equal(error.field, `limits.${field}`);
        assert.match(error.reason, reason);
        assert.ok(error.message.startsWith(`limits.${field}: `));
        return true;
      },
    );
  });

const GOOD: Limits[] = [
  {},
  { cpu: { maxCores: 0.01 }, memory: { maxBytes: 6 * 1024 * 1024, swapMaxBytes: 0 }, pids: { max: 0 } },
  { cpu: { maxCores: 3, burstUsec: 300_000, weight: 10000 }, cpuset: { cpus: '0-1,3', mems: '0' } },
  { cpu: { maxCores: 'max', burstUsec: 5_000_000 }, memory: { maxBytes: 'max' }, pids: { max: 'max' } },
  { cpuset: { cpus: '', mems: '' }, hugetlb: { '2MB': 0 }, state: 'frozen' },
  {
    io: {
      weight: 1,
      devices: [
        { ...disk, readBytesPerSec: 1 },
        { major: 8, minor: 16, asked: '/x', readIops: 'max' },
      ],
    },
  },
];
for (const limits of GOOD) test(`taken: ${JSON.stringify(limits)}`, () => validateLimits(limits, FACTS));
