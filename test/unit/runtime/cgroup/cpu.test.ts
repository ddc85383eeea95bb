import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertConditions, assertPlanned, inBothVersions, type LimitCase, planOf } from '#test/support/limit-cases.js';

const WRITES: LimitCase[] = [
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
];

describe('limits become writes, in order', () => {
  for (const { name, version, asked, wanted } of inBothVersions(WRITES)) test(name, () => assertPlanned(version, asked, wanted));
});

test('v1’s interdependent files are tried again after the one they depend on', () => {
  const writes = planOf('cpu', 'v1', { limits: { cpu: { maxCores: 1, periodUsec: 10000, burstUsec: 1 } } });
  assert.deepEqual(
    writes.map(({ retryAfter }) => retryAfter),
    ['cpu.cfs_quota_us', 'cpu.cfs_quota_us', undefined],
  );
});

const CONDITIONS: LimitCase[] = [
  {
    name: 'old CPU controller',
    limits: { cpu: { burstUsec: 1, idle: true } },
    lacks: ['cpu.idle', 'cpu.cfs_burst_us', 'cpu.max.burst'],
    v1: ['cpu.burst NoCpuBurst', 'cpu.idle NoCpuIdle'],
    v2: ['cpu.burst NoCpuBurst', 'cpu.idle NoCpuIdle'],
  },
];

describe('what a host cannot carry is a condition', () => {
  for (const { name, version, asked, wanted } of inBothVersions(CONDITIONS))
    test(name, () => assertConditions(version, asked, wanted));
});
