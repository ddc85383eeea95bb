import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LimitKey } from '#runtime/cgroup/controller.js';
import { LIMIT_CONTROLLERS } from '#runtime/cgroup/limit-controllers.js';
import type { Limits } from '#runtime/cgroup/limits.js';

interface Case {
  name: string;
  limits: Limits;
  current?: Limits;
  /** Files this host lacks. */
  lacks?: string[];
  v1: string[];
  v2: string[];
}

const GiB = 2 ** 30;
const NO_LIMITS: Limits = { memory: { maxBytes: 'max', swapMaxBytes: 'max' } };

const CASES: Case[] = [
  {
    name: 'cores become quota of the default period',
    limits: { cpu: { maxCores: 0.5 } },
    v1: ['cpu.cfs_quota_us=50000'],
    v2: ['cpu.max=50000 100000'],
  },
  { name: 'no CPU limit', limits: { cpu: { maxCores: 'max' } }, v1: ['cpu.cfs_quota_us=-1'], v2: ['cpu.max=max 100000'] },
  {
    name: 'v1 writes period, burst, quota',
    limits: { cpu: { maxCores: 2, periodUsec: 50000, burstUsec: 20000 } },
    v1: ['cpu.cfs_period_us=50000', 'cpu.cfs_burst_us=20000', 'cpu.cfs_quota_us=100000'],
    v2: ['cpu.max.burst=20000', 'cpu.max=100000 50000'],
  },
  {
    name: 'a new period alone keeps the cores',
    limits: { cpu: { periodUsec: 20000 } },
    current: { cpu: { maxCores: 1.5, periodUsec: 100000 } },
    v1: ['cpu.cfs_period_us=20000', 'cpu.cfs_quota_us=30000'],
    v2: ['cpu.max=30000 20000'],
  },
  {
    name: 'new cores use the period in force',
    limits: { cpu: { maxCores: 0.25 } },
    current: { cpu: { maxCores: 1, periodUsec: 40000 } },
    v1: ['cpu.cfs_quota_us=10000'],
    v2: ['cpu.max=10000 40000'],
  },
  { name: 'weight', limits: { cpu: { weight: 100 } }, v1: ['cpu.shares=1024'], v2: ['cpu.weight=100'] },
  { name: 'shares as asked', limits: { cpu: { shares: 1000 } }, v1: ['cpu.shares=1000'], v2: ['cpu.weight=99'] },
  {
    name: 'weight and the shares it came from',
    limits: { cpu: { weight: 59, shares: 512 } },
    v1: ['cpu.shares=512'],
    v2: ['cpu.weight=59'],
  },
  {
    name: 'to idle: the weight first',
    limits: { cpu: { idle: true, weight: 50 } },
    v1: ['cpu.shares=421', 'cpu.idle=1'],
    v2: ['cpu.weight=50', 'cpu.idle=1'],
  },
  {
    name: 'from idle: the weight last',
    limits: { cpu: { idle: false, weight: 50 } },
    current: { cpu: { idle: true } },
    v1: ['cpu.idle=0', 'cpu.shares=421'],
    v2: ['cpu.idle=0', 'cpu.weight=50'],
  },
  { name: 'an idle cgroup takes no weight', limits: { cpu: { weight: 50 } }, current: { cpu: { idle: true } }, v1: [], v2: [] },
  {
    name: 'kernel without burst and idle',
    limits: { cpu: { burstUsec: 5, idle: true } },
    lacks: ['cpu.cfs_burst_us', 'cpu.max.burst', 'cpu.idle'],
    v1: [],
    v2: [],
  },
  {
    name: 'memory and no swap from nothing: the limit first',
    limits: { memory: { maxBytes: GiB, swapMaxBytes: 0 } },
    current: NO_LIMITS,
    v1: [`memory.limit_in_bytes=${GiB}`, `memory.memsw.limit_in_bytes=${GiB}`],
    v2: ['memory.swap.max=0', `memory.max=${GiB}`],
  },
  {
    name: 'raised: memory + swap first',
    limits: { memory: { maxBytes: 3 * GiB, swapMaxBytes: GiB } },
    current: { memory: { maxBytes: GiB, swapMaxBytes: 0 } },
    v1: [`memory.memsw.limit_in_bytes=${4 * GiB}`, `memory.limit_in_bytes=${3 * GiB}`],
    v2: [`memory.swap.max=${GiB}`, `memory.max=${3 * GiB}`],
  },
  {
    name: 'lowered: the limit first',
    limits: { memory: { maxBytes: GiB, swapMaxBytes: 0 } },
    current: { memory: { maxBytes: 4 * GiB, swapMaxBytes: GiB } },
    v1: [`memory.limit_in_bytes=${GiB}`, `memory.memsw.limit_in_bytes=${GiB}`],
    v2: ['memory.swap.max=0', `memory.max=${GiB}`],
  },
  {
    name: 'a new maximum alone keeps the swap allowed',
    limits: { memory: { maxBytes: 2 * GiB } },
    current: { memory: { maxBytes: GiB, swapMaxBytes: GiB / 2 } },
    v1: [`memory.memsw.limit_in_bytes=${2.5 * GiB}`, `memory.limit_in_bytes=${2 * GiB}`],
    v2: [`memory.max=${2 * GiB}`],
  },
  {
    name: 'a new maximum with unlimited swap',
    limits: { memory: { maxBytes: 2 * GiB } },
    current: { memory: { maxBytes: GiB, swapMaxBytes: 'max' } },
    v1: [`memory.limit_in_bytes=${2 * GiB}`],
    v2: [`memory.max=${2 * GiB}`],
  },
  {
    name: 'all memory limits lifted: memory + swap first',
    limits: { memory: { maxBytes: 'max', swapMaxBytes: 'max' } },
    current: { memory: { maxBytes: GiB, swapMaxBytes: 0 } },
    v1: ['memory.memsw.limit_in_bytes=-1', 'memory.limit_in_bytes=-1'],
    v2: ['memory.swap.max=max', 'memory.max=max'],
  },
  {
    name: 'swap alone',
    limits: { memory: { swapMaxBytes: GiB } },
    current: { memory: { maxBytes: GiB, swapMaxBytes: 0 } },
    v1: [`memory.memsw.limit_in_bytes=${2 * GiB}`],
    v2: [`memory.swap.max=${GiB}`],
  },
  {
    name: 'no swap accounting',
    limits: { memory: { maxBytes: GiB, swapMaxBytes: 0 } },
    current: NO_LIMITS,
    lacks: ['memory.memsw.limit_in_bytes', 'memory.swap.max'],
    v1: [`memory.limit_in_bytes=${GiB}`],
    v2: [`memory.max=${GiB}`],
  },
  {
    name: 'all of v2’s words; v1 has a soft limit',
    limits: { memory: { oomGroup: true, minBytes: 1, lowBytes: 2, highBytes: 3, maxBytes: GiB } },
    current: NO_LIMITS,
    v1: ['memory.soft_limit_in_bytes=2', `memory.limit_in_bytes=${GiB}`],
    v2: ['memory.oom.group=1', 'memory.min=1', 'memory.low=2', 'memory.high=3', `memory.max=${GiB}`],
  },
  {
    name: 'no protection',
    limits: { memory: { lowBytes: 0 } },
    v1: ['memory.soft_limit_in_bytes=-1'],
    v2: ['memory.low=0'],
  },
  { name: 'pids', limits: { pids: { max: 64 } }, v1: ['pids.max=64'], v2: ['pids.max=64'] },
  { name: 'pids max', limits: { pids: { max: 'max' } }, v1: ['pids.max=max'], v2: ['pids.max=max'] },
  { name: 'no pids is one', limits: { pids: { max: 0 } }, v1: ['pids.max=1'], v2: ['pids.max=1'] },
  {
    name: 'cpuset; v1 is told to move pages',
    limits: { cpuset: { cpus: '0-1,3', mems: '0' } },
    v1: ['cpuset.cpus=0-1,3', 'cpuset.memory_migrate=1', 'cpuset.mems=0'],
    v2: ['cpuset.cpus=0-1,3', 'cpuset.mems=0'],
  },
  {
    name: 'a partition after its CPUs, and none any more before they go',
    limits: { cpuset: { cpus: '1', partition: 'root' } },
    v1: ['cpuset.cpus=1'],
    v2: ['cpuset.cpus=1', 'cpuset.cpus.partition=root'],
  },
  {
    name: 'no partition any more',
    limits: { cpuset: { cpus: '', partition: 'member' } },
    v1: [],
    v2: ['cpuset.cpus.partition=member', 'cpuset.cpus='],
  },
  {
    name: 'a latency, in microseconds, and none',
    limits: {
      io: {
        devices: [
          { major: 8, minor: 0, asked: '8:0', latencyUsec: 10_000 },
          { major: 8, minor: 16, asked: '8:16', latencyUsec: 'max' },
        ],
      },
    },
    v1: [],
    v2: ['io.latency=8:0 target=10000', 'io.latency=8:16 target=max'],
  },
  { name: 'cpuset inherited', limits: { cpuset: { cpus: '', mems: '' } }, v1: [], v2: ['cpuset.cpus=', 'cpuset.mems='] },
  {
    name: 'huge pages and their reservations',
    limits: { hugetlb: { '2MB': 4 << 20, '1GB': 'max' } },
    v1: [
      'hugetlb.2MB.limit_in_bytes=4194304',
      'hugetlb.2MB.rsvd.limit_in_bytes=4194304',
      'hugetlb.1GB.limit_in_bytes=-1',
      'hugetlb.1GB.rsvd.limit_in_bytes=-1',
    ],
    v2: ['hugetlb.2MB.max=4194304', 'hugetlb.2MB.rsvd.max=4194304', 'hugetlb.1GB.max=max', 'hugetlb.1GB.rsvd.max=max'],
  },
  {
    name: 'rates of a disk',
    limits: {
      io: { devices: [{ major: 254, minor: 16, asked: '/data', readBytesPerSec: 1000, writeBytesPerSec: 'max', writeIops: 7 }] },
    },
    v1: [
      'blkio.throttle.read_bps_device=254:16 1000',
      'blkio.throttle.write_bps_device=254:16 0',
      'blkio.throttle.write_iops_device=254:16 7',
    ],
    v2: ['io.max=254:16 rbps=1000 wbps=max wiops=7'],
  },
  {
    name: 'I/O weight: both mechanisms of v2',
    limits: { io: { weight: 100 } },
    v1: ['blkio.bfq.weight=100'],
    v2: ['io.bfq.weight=default 100', 'io.weight=default 100'],
  },
  {
    name: 'blkio weight as asked where bfq is, converted where not',
    limits: { io: { blkioWeight: 500 } },
    v1: ['blkio.bfq.weight=500'],
    v2: ['io.bfq.weight=default 500', 'io.weight=default 4950'],
  },
  {
    name: 'I/O weight without bfq',
    limits: { io: { weight: 300, blkioWeight: 20 } },
    lacks: ['blkio.bfq.weight', 'io.bfq.weight'],
    v1: [],
    v2: ['io.weight=default 300'],
  },
];

describe('limits become writes, in order', () => {
  for (const { name, limits, current, lacks = [], v1, v2 } of CASES)
    for (const [version, wanted] of [
      ['v1', v1],
      ['v2', v2],
    ] as const)
      test(`${version}: ${name}`, () => {
        const has = (file: string) => !lacks.includes(file);
        const writes = (Object.keys(limits) as LimitKey[]).flatMap((key) => planOne(key, version, limits, current ?? {}, has));
        assert.deepEqual(
          writes.map(({ file, value }) => `${file}=${value}`),
          wanted,
        );
      });
});

test('v1’s interdependent files are tried again after the one they depend on', () => {
  const writes = planOne('cpu', 'v1', { cpu: { maxCores: 1, periodUsec: 10000, burstUsec: 1 } }, {}, () => true);
  assert.deepEqual(
    writes.map(({ retryAfter }) => retryAfter),
    ['cpu.cfs_quota_us', 'cpu.cfs_quota_us', undefined],
  );
});

const CONDITIONS: { name: string; limits: Limits; lacks?: string[]; v1: string[]; v2: string[] }[] = [
  {
    name: 'v2’s memory words',
    limits: { memory: { highBytes: 5, minBytes: 5, lowBytes: 5, oomGroup: true } },
    v1: ['memory.high V1NoMemoryHigh', 'memory.min V1NoMemoryMin', 'memory.oomGroup V1NoOomGroup', 'memory.low V1SoftLimit'],
    v2: [],
  },
  {
    name: 'v2’s memory words at the values v1 has anyway',
    limits: { memory: { highBytes: 'max', minBytes: 0, lowBytes: 0, oomGroup: false } },
    v1: [],
    v2: [],
  },
  {
    name: 'no swap accounting',
    limits: { memory: { swapMaxBytes: 0 } },
    lacks: ['memory.memsw.limit_in_bytes', 'memory.swap.max'],
    v1: ['memory.swap NoSwapAccounting'],
    v2: ['memory.swap NoSwapAccounting'],
  },
  {
    name: 'swap limited, memory not',
    limits: { memory: { maxBytes: 'max', swapMaxBytes: 0 } },
    v1: ['memory.swap V1SwapNeedsMemoryMax'],
    v2: [],
  },
  {
    name: 'buffered writes',
    limits: {
      io: {
        devices: [
          { major: 8, minor: 0, asked: '/', writeBytesPerSec: 1 },
          { major: 8, minor: 16, asked: '/x', readIops: 1 },
        ],
      },
    },
    v1: ['io.devices[0] V1BufferedWrites'],
    v2: [],
  },
  {
    name: 'no weight mechanism',
    limits: { io: { weight: 5 } },
    lacks: ['blkio.bfq.weight', 'io.weight', 'io.bfq.weight'],
    v1: ['io.weight NoIoWeight'],
    v2: ['io.weight NoIoWeight'],
  },
  {
    name: 'old CPU controller',
    limits: { cpu: { burstUsec: 1, idle: true } },
    lacks: ['cpu.idle', 'cpu.cfs_burst_us', 'cpu.max.burst'],
    v1: ['cpu.burst NoCpuBurst', 'cpu.idle NoCpuIdle'],
    v2: ['cpu.burst NoCpuBurst', 'cpu.idle NoCpuIdle'],
  },
  {
    name: 'a page size the kernel has not',
    limits: { hugetlb: { '2MB': 0 } },
    lacks: ['hugetlb.2MB.max', 'hugetlb.2MB.limit_in_bytes'],
    v1: ['hugetlb.2MB NoHugePageSize'],
    v2: ['hugetlb.2MB NoHugePageSize'],
  },
];

describe('what a host cannot carry is a condition', () => {
  for (const { name, limits, lacks = [], v1, v2 } of CONDITIONS)
    for (const [version, wanted] of [
      ['v1', v1],
      ['v2', v2],
    ] as const)
      test(`${version}: ${name}`, () => {
        const has = (file: string) => !lacks.includes(file);
        const found = (Object.keys(limits) as LimitKey[]).flatMap((key) => conditionsOf(key, version, limits, has));
        assert.deepEqual(
          found.map(({ field, reason }) => `${field} ${reason}`),
          wanted,
        );
        for (const { message } of found) assert.ok(message.length > 20);
      });
});

function planOne<K extends LimitKey>(
  key: K,
  version: 'v1' | 'v2',
  limits: Limits,
  current: Limits,
  has: (file: string) => boolean,
) {
  type Slice = NonNullable<Limits[K]>;
  return LIMIT_CONTROLLERS[key][version].plan(limits[key] as Slice, (current[key] ?? {}) as Slice, has);
}

function conditionsOf<K extends LimitKey>(key: K, version: 'v1' | 'v2', limits: Limits, has: (file: string) => boolean) {
  return LIMIT_CONTROLLERS[key][version].conditions(limits[key] as NonNullable<Limits[K]>, has);
}
