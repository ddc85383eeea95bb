import type { Condition } from './controller.js';

interface Entry {
  type: Condition['type'];
  /** The limit in users' words; `*`: any of the controller's. */
  field: string;
  /** Where it can happen: the version of the hierarchy that carries the limit's controller. */
  on: 'v1' | 'v2' | 'v1, v2' | 'hybrid';
  /** What is the matter, and the kernel, option or setting that would carry the limit. */
  message: string;
}

/**
 * Every way in which a host carries a limit not at all (LimitUnsupported: nothing is written) or only in part (LimitPartial), by the
 * stable word that `reason` shows. docs/cgroups.md is written from it.
 */
export const LIMIT_CONDITIONS = {
  NoCpuController: missing('cpu'),
  NoCpusetController: missing('cpuset'),
  NoMemoryController: missing('memory'),
  NoIoController: missing('io'),
  NoPidsController: missing('pids'),
  NoHugetlbController: missing('hugetlb'),
  NoCpuMax: {
    type: 'LimitUnsupported',
    field: 'cpu.max',
    on: 'v1, v2',
    message: 'this kernel cannot limit CPU time: it needs CONFIG_CFS_BANDWIDTH (cgroup v2: kernel 4.15 or newer)',
  },
  NoCpuBurst: {
    type: 'LimitUnsupported',
    field: 'cpu.burst',
    on: 'v1, v2',
    message: 'CPU burst needs kernel 5.14 or newer with CONFIG_CFS_BANDWIDTH',
  },
  NoCpuIdle: {
    type: 'LimitUnsupported',
    field: 'cpu.idle',
    on: 'v1, v2',
    message: 'cpu.idle needs kernel 5.15 or newer',
  },
  IdleOutranksWeight: {
    type: 'LimitPartial',
    field: 'cpu.weight',
    on: 'v1, v2',
    message:
      'while cpu.idle is on, the kernel gives the least weight there is and this one waits: set cpu.idle to false to use it',
  },
  CpusetNarrowed: {
    type: 'LimitPartial',
    field: 'cpuset.*',
    on: 'v2',
    message: 'the cgroups above have fewer than was asked; widen theirs',
  },
  V1NoCpusetPartition: {
    type: 'LimitUnsupported',
    field: 'cpuset.partition',
    on: 'v1',
    message: "partitions of CPUs need cgroup v2 (kernel 5.0 or newer): this host's cpuset controller is v1",
  },
  NoCpusetPartition: {
    type: 'LimitUnsupported',
    field: 'cpuset.partition',
    on: 'v2',
    message: 'partitions of CPUs need kernel 5.0 or newer',
  },
  CpusetPartitionInvalid: {
    type: 'LimitPartial',
    field: 'cpuset.partition',
    on: 'v2',
    message:
      'its CPUs are not its own yet: set cpuset.cpus to some that no other cgroup beside it has, below a cgroup that is a partition itself',
  },
  V1NoMemoryHigh: {
    type: 'LimitUnsupported',
    field: 'memory.high',
    on: 'v1',
    message: "memory.high needs cgroup v2: this host's memory controller is v1",
  },
  V1NoMemoryMin: {
    type: 'LimitUnsupported',
    field: 'memory.min',
    on: 'v1',
    message: "memory.min needs cgroup v2 (kernel 4.18 or newer): this host's memory controller is v1",
  },
  V1NoOomGroup: {
    type: 'LimitUnsupported',
    field: 'memory.oomGroup',
    on: 'v1',
    message: "killing the whole cgroup on OOM needs cgroup v2 (kernel 4.19 or newer): this host's memory controller is v1",
  },
  V1SoftLimit: {
    type: 'LimitPartial',
    field: 'memory.low',
    on: 'v1',
    message:
      'on cgroup v1 memory.low is the soft limit: reclaim prefers cgroups above theirs, but nothing is protected; that needs cgroup v2',
  },
  V1SwapNeedsMemoryMax: {
    type: 'LimitUnsupported',
    field: 'memory.swap',
    on: 'v1',
    message: "limiting swap without limiting memory needs cgroup v2: this host's memory controller is v1",
  },
  NoSwapAccounting: {
    type: 'LimitUnsupported',
    field: 'memory.swap',
    on: 'v1, v2',
    message:
      'the kernel does not account swap by cgroup: it needs CONFIG_SWAP and, where it is off, the boot option swapaccount=1',
  },
  NoMemoryMin: {
    type: 'LimitUnsupported',
    field: 'memory.min',
    on: 'v2',
    message: 'memory.min needs kernel 4.18 or newer',
  },
  NoOomGroup: {
    type: 'LimitUnsupported',
    field: 'memory.oomGroup',
    on: 'v2',
    message: 'killing the whole cgroup on OOM needs kernel 4.19 or newer',
  },
  ParentNotProtected: {
    type: 'LimitPartial',
    field: 'memory.low, memory.min',
    on: 'v2',
    message: 'a cgroup is protected no more than each one above it; set it there too',
  },
  NoIoWeight: {
    type: 'LimitUnsupported',
    field: 'io.weight',
    on: 'v1, v2',
    message:
      'this kernel has no weight for I/O: it needs bfq (CONFIG_BFQ_GROUP_IOSCHED, modprobe bfq), or on cgroup v2 CONFIG_BLK_CGROUP_IOCOST',
  },
  IoWeightNoEffect: {
    type: 'LimitPartial',
    field: 'io.weight',
    on: 'v1, v2',
    message: 'the weight is set, but not every disk obeys it: echo bfq > /sys/block/DISK/queue/scheduler',
  },
  NoIoThrottling: {
    type: 'LimitUnsupported',
    field: 'io.devices',
    on: 'v1, v2',
    message: 'this kernel cannot limit the rate of a disk: it needs CONFIG_BLK_DEV_THROTTLING',
  },
  V1NoIoLatency: {
    type: 'LimitUnsupported',
    field: 'io.devices',
    on: 'v1',
    message: "a latency that a disk is to keep needs cgroup v2 (kernel 4.19 or newer): this host's io controller is v1",
  },
  NoIoLatency: {
    type: 'LimitUnsupported',
    field: 'io.devices',
    on: 'v2',
    message: 'this kernel keeps no latency of a disk: it needs CONFIG_BLK_CGROUP_IOLATENCY (kernel 4.19 or newer)',
  },
  V1BufferedWrites: {
    type: 'LimitPartial',
    field: 'io.devices',
    on: 'v1',
    message: 'on cgroup v1 only direct and synchronous writes are held back; buffered writes need cgroup v2',
  },
  NoCgroupWriteback: {
    type: 'LimitPartial',
    field: 'io.devices',
    on: 'hybrid',
    message:
      'buffered writes are held back only where cgroup v2 carries both io and memory; here memory is on v1: boot with cgroup_no_v1=all',
  },
  IoNotInForce: {
    type: 'LimitPartial',
    field: 'io.devices',
    on: 'v1, v2',
    message: "the kernel's own file does not show the rate that was written to it",
  },
  NoHugePageSize: {
    type: 'LimitUnsupported',
    field: 'hugetlb.*',
    on: 'v1, v2',
    message: 'this kernel has no huge pages of that size to limit: boot with hugepagesz=',
  },
} as const satisfies Record<string, Entry>;

export type LimitConditionReason = keyof typeof LIMIT_CONDITIONS;

/** The condition of that reason; `field` and `message` where the case at hand says more than the table. */
export function condition(reason: LimitConditionReason, over: { field?: string; message?: string } = {}): Condition {
  const { type, field, message } = LIMIT_CONDITIONS[reason];
  return { type, field, reason, message, ...over };
}

function missing<C extends string>(controller: C) {
  return {
    type: 'LimitUnsupported',
    field: `${controller}.*`,
    on: 'v1, v2',
    message: `needs the ${controller} controller, which no hierarchy of this host carries: built in, mounted, not in cgroup_disable=`,
  } as const;
}
