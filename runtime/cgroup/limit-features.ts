import type { Controller } from './controller.js';
import type { LimitConditionReason } from './limit-conditions.js';

/** How one cgroup version carries a limit. */
export interface Carried {
  /** The interface files written, `<size>` for a page size. */
  readonly files: readonly string[];
  /** The first kernel with the file. */
  readonly kernel: string;
  /** What becomes of the number on the way into the file. */
  readonly conversion: string;
}

/** One limit of the contract, and what each cgroup version makes of it. */
export interface LimitFeature {
  /** In users' words, as in a policy file; `[]` for each of a list, `<size>` for any key. */
  readonly field: string;
  readonly controller: Controller;
  /** `undefined`: that version has nothing for it. */
  readonly v1: Carried | undefined;
  readonly v2: Carried | undefined;
  /** What the user is told where it is not carried, or only in part. */
  readonly conditions: readonly LimitConditionReason[];
}

const AS_IT_IS = 'as it is';

/**
 * Every limit tsgov knows, in the order of the contract. The controllers beside this file are what does it; a test holds each of them
 * to this table, and docs/cgroups.md is written from it. Sources: cgroup-v2.rst, cgroup-v1/*.rst, git log of the kernel.
 */
export const LIMIT_FEATURES: readonly LimitFeature[] = [
  {
    field: 'cpu.max',
    controller: 'cpu',
    v1: { files: ['cpu.cfs_quota_us'], kernel: '3.2', conversion: 'cores × period; no limit is -1' },
    v2: { files: ['cpu.max'], kernel: '4.15', conversion: 'cores × period, and the period' },
    conditions: ['NoCpuController', 'NoCpuMax'],
  },
  {
    field: 'cpu.period',
    controller: 'cpu',
    v1: { files: ['cpu.cfs_period_us', 'cpu.cfs_quota_us'], kernel: '3.2', conversion: 'µs; the quota follows, cores are kept' },
    v2: { files: ['cpu.max'], kernel: '4.15', conversion: 'µs; the quota follows, cores are kept' },
    conditions: ['NoCpuController', 'NoCpuMax'],
  },
  {
    field: 'cpu.burst',
    controller: 'cpu',
    v1: { files: ['cpu.cfs_burst_us'], kernel: '5.14', conversion: 'µs' },
    v2: { files: ['cpu.max.burst'], kernel: '5.14', conversion: 'µs' },
    conditions: ['NoCpuController', 'NoCpuBurst'],
  },
  {
    field: 'cpu.weight',
    controller: 'cpu',
    v1: { files: ['cpu.shares'], kernel: '2.6.24', conversion: '2^((−125 + √(15625 + 2448·(log10 w + 7/34)))/2); 100 is 1024' },
    v2: { files: ['cpu.weight'], kernel: '4.15', conversion: AS_IT_IS },
    conditions: ['NoCpuController', 'IdleOutranksWeight'],
  },
  {
    field: 'cpu.shares',
    controller: 'cpu',
    v1: { files: ['cpu.shares'], kernel: '2.6.24', conversion: AS_IT_IS },
    v2: { files: ['cpu.weight'], kernel: '4.15', conversion: '⌈10^((l² + 125 l)/612 − 7/34)⌉, l = log2 shares; 1024 is 100' },
    conditions: ['NoCpuController', 'IdleOutranksWeight'],
  },
  {
    field: 'cpu.idle',
    controller: 'cpu',
    v1: { files: ['cpu.idle'], kernel: '5.15', conversion: '0 or 1' },
    v2: { files: ['cpu.idle'], kernel: '5.15', conversion: '0 or 1' },
    conditions: ['NoCpuController', 'NoCpuIdle'],
  },
  {
    field: 'cpuset.cpus',
    controller: 'cpuset',
    v1: { files: ['cpuset.cpus'], kernel: '2.6.24', conversion: 'empty is the list of the parent' },
    v2: { files: ['cpuset.cpus'], kernel: '5.0', conversion: AS_IT_IS },
    conditions: ['NoCpusetController', 'CpusetNarrowed'],
  },
  {
    field: 'cpuset.mems',
    controller: 'cpuset',
    v1: {
      files: ['cpuset.memory_migrate', 'cpuset.mems'],
      kernel: '2.6.24',
      conversion: 'empty is the list of the parent; pages move along',
    },
    v2: { files: ['cpuset.mems'], kernel: '5.0', conversion: AS_IT_IS },
    conditions: ['NoCpusetController', 'CpusetNarrowed'],
  },
  {
    field: 'cpuset.partition',
    controller: 'cpuset',
    v1: undefined,
    v2: {
      files: ['cpuset.cpus.partition'],
      kernel: '5.0, isolated 6.1',
      conversion: 'as it is; after cpuset.cpus, `member` before it',
    },
    conditions: ['NoCpusetController', 'V1NoCpusetPartition', 'NoCpusetPartition', 'CpusetPartitionInvalid'],
  },
  {
    field: 'memory.max',
    controller: 'memory',
    v1: {
      files: ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'],
      kernel: '2.6.25',
      conversion: 'bytes, rounded down to a page; memory + swap moves along',
    },
    v2: { files: ['memory.max'], kernel: '4.5', conversion: 'bytes, rounded down to a page' },
    conditions: ['NoMemoryController'],
  },
  {
    field: 'memory.high',
    controller: 'memory',
    v1: undefined,
    v2: { files: ['memory.high'], kernel: '4.5', conversion: 'bytes, rounded down to a page' },
    conditions: ['NoMemoryController', 'V1NoMemoryHigh'],
  },
  {
    field: 'memory.low',
    controller: 'memory',
    v1: { files: ['memory.soft_limit_in_bytes'], kernel: '2.6.32', conversion: 'bytes; 0 is no soft limit' },
    v2: { files: ['memory.low'], kernel: '4.5', conversion: 'bytes, rounded down to a page' },
    conditions: ['NoMemoryController', 'V1SoftLimit', 'ParentNotProtected'],
  },
  {
    field: 'memory.min',
    controller: 'memory',
    v1: undefined,
    v2: { files: ['memory.min'], kernel: '4.18', conversion: 'bytes, rounded down to a page' },
    conditions: ['NoMemoryController', 'V1NoMemoryMin', 'NoMemoryMin', 'ParentNotProtected'],
  },
  {
    field: 'memory.swap',
    controller: 'memory',
    v1: { files: ['memory.memsw.limit_in_bytes'], kernel: '2.6.29', conversion: 'memory.max + memory.swap' },
    v2: { files: ['memory.swap.max'], kernel: '4.5', conversion: 'bytes, rounded down to a page' },
    conditions: ['NoMemoryController', 'NoSwapAccounting', 'V1SwapNeedsMemoryMax'],
  },
  {
    field: 'memory.oomGroup',
    controller: 'memory',
    v1: undefined,
    v2: { files: ['memory.oom.group'], kernel: '4.19', conversion: '0 or 1' },
    conditions: ['NoMemoryController', 'V1NoOomGroup', 'NoOomGroup'],
  },
  {
    field: 'io.weight',
    controller: 'io',
    v1: { files: ['blkio.bfq.weight'], kernel: '4.12', conversion: 'as it is up to 100, above (w − 100)/11 + 100' },
    v2: {
      files: ['io.weight', 'io.bfq.weight'],
      kernel: '4.12 (bfq), 5.4 (io.cost)',
      conversion: 'as it is; bfq: as it is up to 100, above (w − 100)/11 + 100',
    },
    conditions: ['NoIoController', 'NoIoWeight', 'IoWeightNoEffect'],
  },
  {
    field: 'io.blkioWeight',
    controller: 'io',
    v1: { files: ['blkio.bfq.weight'], kernel: '4.12', conversion: AS_IT_IS },
    v2: {
      files: ['io.weight', 'io.bfq.weight'],
      kernel: '4.12 (bfq), 5.4 (io.cost)',
      conversion: '1 + (w − 10)·9999/990; bfq: as it is',
    },
    conditions: ['NoIoController', 'NoIoWeight', 'IoWeightNoEffect'],
  },
  ...(
    [
      ['readBps', 'read_bps', 'rbps', []],
      ['writeBps', 'write_bps', 'wbps', ['V1BufferedWrites', 'NoCgroupWriteback']],
      ['readIops', 'read_iops', 'riops', []],
      ['writeIops', 'write_iops', 'wiops', ['V1BufferedWrites', 'NoCgroupWriteback']],
    ] as const
  ).map(
    ([word, v1, v2, conditions]): LimitFeature => ({
      field: `io.devices[].${word}`,
      controller: 'io',
      v1: { files: [`blkio.throttle.${v1}_device`], kernel: '2.6.37', conversion: 'of the whole disk; no limit is 0' },
      v2: { files: ['io.max'], kernel: '4.5', conversion: `\`${v2}=\` of the whole disk` },
      conditions: ['NoIoController', 'NoIoThrottling', ...conditions, 'IoNotInForce'],
    }),
  ),
  {
    field: 'io.devices[].latency',
    controller: 'io',
    v1: undefined,
    v2: { files: ['io.latency'], kernel: '4.19', conversion: '`target=` in µs, of the whole disk' },
    conditions: ['NoIoController', 'V1NoIoLatency', 'NoIoLatency', 'IoNotInForce'],
  },
  {
    field: 'pids.max',
    controller: 'pids',
    v1: { files: ['pids.max'], kernel: '4.3', conversion: 'tasks; 0 is 1' },
    v2: { files: ['pids.max'], kernel: '4.5', conversion: 'tasks; 0 is 1' },
    conditions: ['NoPidsController'],
  },
  {
    field: 'hugetlb.<size>',
    controller: 'hugetlb',
    v1: {
      files: ['hugetlb.<size>.limit_in_bytes', 'hugetlb.<size>.rsvd.limit_in_bytes'],
      kernel: '3.6, rsvd 5.7',
      conversion: 'bytes, rounded down to a huge page; no limit is -1',
    },
    v2: {
      files: ['hugetlb.<size>.max', 'hugetlb.<size>.rsvd.max'],
      kernel: '5.6, rsvd 5.7',
      conversion: 'bytes, rounded down to a huge page',
    },
    conditions: ['NoHugetlbController', 'NoHugePageSize'],
  },
  {
    field: 'state',
    controller: 'freezer',
    v1: { files: ['freezer.state'], kernel: '2.6.28', conversion: 'FROZEN, retried while it stays FREEZING; THAWED' },
    v2: { files: ['cgroup.freeze'], kernel: '5.2', conversion: '1, confirmed by `frozen 1` in cgroup.events; 0' },
    conditions: [],
  },
];
