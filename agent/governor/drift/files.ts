/**
 * The interface files that carry limits, v1's and v2's, and the limits that a write to each may change, as agent/containers/limit-fields.ts
 * names them; `io.devices` and `hugetlb` stand for all below them.
 */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'memory.max': ['memory.max'],
  'memory.high': ['memory.high'],
  'memory.low': ['memory.low'],
  'memory.min': ['memory.min'],
  'memory.swap.max': ['memory.swap'],
  'memory.oom.group': ['memory.oomGroup'],
  // v1 counts memory and swap together: a change of one changes what is left for swap.
  'memory.limit_in_bytes': ['memory.max', 'memory.swap'],
  'memory.memsw.limit_in_bytes': ['memory.swap', 'memory.max'],
  'memory.soft_limit_in_bytes': ['memory.low'],
  'cpu.max': ['cpu.max', 'cpu.period'],
  'cpu.max.burst': ['cpu.burst'],
  'cpu.cfs_quota_us': ['cpu.max'],
  'cpu.cfs_period_us': ['cpu.max', 'cpu.period'],
  'cpu.cfs_burst_us': ['cpu.burst'],
  'cpu.weight': ['cpu.weight', 'cpu.shares'],
  'cpu.weight.nice': ['cpu.weight', 'cpu.shares'],
  'cpu.shares': ['cpu.weight', 'cpu.shares'],
  // Leaving the idle class resets the weight.
  'cpu.idle': ['cpu.idle', 'cpu.weight', 'cpu.shares'],
  'cpuset.cpus': ['cpuset.cpus'],
  'cpuset.mems': ['cpuset.mems'],
  'cpuset.cpus.partition': ['cpuset.partition'],
  'pids.max': ['pids.max'],
  'io.max': ['io.devices'],
  'io.latency': ['io.devices'],
  'io.weight': ['io.weight', 'io.blkioWeight'],
  'io.bfq.weight': ['io.weight', 'io.blkioWeight'],
  'blkio.bfq.weight': ['io.weight', 'io.blkioWeight'],
  'blkio.throttle.read_bps_device': ['io.devices'],
  'blkio.throttle.write_bps_device': ['io.devices'],
  'blkio.throttle.read_iops_device': ['io.devices'],
  'blkio.throttle.write_iops_device': ['io.devices'],
  'freezer.state': ['state'],
  'cgroup.freeze': ['state'],
};

const HUGETLB = /^hugetlb\..+\.(max|limit_in_bytes)$/;

/** The limits a write to an interface file may change; undefined: none. Pure. */
export function fieldsOfFile(file: string): readonly string[] | undefined {
  if (Object.hasOwn(FIELDS, file)) return FIELDS[file];
  return HUGETLB.test(file) ? ['hugetlb'] : undefined;
}

/** Whether the limit at a path (`io.devices[8:0].readBps`) is one of those that fieldsOfFile names. Pure. */
export function isOneOf(path: string, fields: readonly string[]): boolean {
  return fields.some((field) => path === field || path.startsWith(`${field}[`) || path.startsWith(`${field}.`));
}
