import type { HostFacts } from './cgroup-host.js';
import { DEFAULT_PERIOD_USEC, quotaUsec } from './cpu.js';
import { parseCpuList } from './cpu-list.js';
import { LimitError } from './errors.js';
import type { CpuLimits, IoLimits, Limits, MemoryLimits, OrMax } from './limits.js';

/** What Docker has refused since its start-up needs more (daemon/daemon_unix.go, linuxMinMemory). */
const MIN_MEMORY_BYTES = 6 * 1024 * 1024;
const MIN_CORES = 0.01;
/** kernel/sched: min and max bandwidth period, and the least quota. */
const MIN_PERIOD_USEC = 1000;
const MAX_PERIOD_USEC = 1_000_000;
const MIN_QUOTA_USEC = 1000;
/** An hour: nobody waits longer for a disk on purpose. */
const MAX_LATENCY_USEC = 3_600_000_000;
/** include/linux/threads.h PID_MAX_LIMIT on 64 bit. */
const MAX_PIDS = 4 * 1024 * 1024;

/**
 * Checks limits against what the kernel takes and this host has, before anything is written; `current` (what is in force) matters where
 * fields depend on each other. Throws LimitError with the field in users' words and the reason.
 */
export function validateLimits(limits: Limits, facts: HostFacts, current: Limits = {}): void {
  if (limits.cpu !== undefined) checkCpu(limits.cpu, facts, current.cpu ?? {});
  checkList('cpuset.cpus', limits.cpuset?.cpus, facts.cpus, 'CPUs');
  checkList('cpuset.mems', limits.cpuset?.mems, facts.mems, 'memory nodes');
  checkPartition(limits.cpuset?.partition);
  if (limits.memory !== undefined) checkMemory(limits.memory);
  if (limits.io !== undefined) checkIo(limits.io);
  checkAmount('pids.max', limits.pids?.max, 0, MAX_PIDS);
  for (const [size, limit] of Object.entries(limits.hugetlb ?? {})) checkHugetlb(size, limit, facts);
  if (limits.state !== undefined && limits.state !== 'thawed' && limits.state !== 'frozen')
    throw new LimitError('state', `${JSON.stringify(limits.state)} is neither "thawed" nor "frozen"`);
}

function checkCpu(cpu: CpuLimits, facts: HostFacts, current: CpuLimits): void {
  const { maxCores, periodUsec, burstUsec } = cpu;
  if (maxCores !== undefined && maxCores !== 'max') {
    if (!Number.isFinite(maxCores) || maxCores < MIN_CORES)
      throw new LimitError('cpu.max', `${maxCores} is not a number of cores from ${MIN_CORES} up`);
    if (maxCores > facts.cpus.length)
      throw new LimitError('cpu.max', `${maxCores} cores are more than the ${facts.cpus.length} this host has online`);
  }
  checkInteger('cpu.period', periodUsec, MIN_PERIOD_USEC, MAX_PERIOD_USEC, 'µs');
  checkInteger('cpu.weight', cpu.weight, 1, 10000);
  checkInteger('cpu.shares', cpu.shares, 2, 262144);
  checkInteger('cpu.burst', burstUsec, 0, Number.MAX_SAFE_INTEGER, 'µs');

  if (maxCores === undefined && periodUsec === undefined && burstUsec === undefined) return;
  const period = periodUsec ?? current.periodUsec ?? DEFAULT_PERIOD_USEC;
  const quota = quotaUsec(maxCores ?? current.maxCores ?? 'max', period);
  if (quota === 'max') return;
  if (quota < MIN_QUOTA_USEC)
    throw new LimitError(
      maxCores === undefined ? 'cpu.period' : 'cpu.max',
      `${quota} µs of every ${period} µs is less than the 1 ms the kernel can hand out: choose a period of at least ${Math.ceil((MIN_QUOTA_USEC * period) / quota)} µs`,
    );
  const burst = burstUsec ?? current.burstUsec ?? 0;
  if (burst > quota)
    throw new LimitError(
      burstUsec === undefined ? 'cpu.max' : 'cpu.burst',
      `a burst of ${burst} µs is more than the ${quota} µs of quota in a period`,
    );
}

function checkMemory(memory: MemoryLimits): void {
  checkAmount('memory.max', memory.maxBytes, MIN_MEMORY_BYTES, Number.MAX_SAFE_INTEGER, ' bytes (6 MiB)');
  checkAmount('memory.high', memory.highBytes, 0);
  checkAmount('memory.low', memory.lowBytes, 0);
  checkAmount('memory.min', memory.minBytes, 0);
  checkAmount('memory.swap', memory.swapMaxBytes, 0);
}

function checkIo(io: IoLimits): void {
  checkInteger('io.weight', io.weight, 1, 10000);
  checkInteger('io.blkioWeight', io.blkioWeight, 10, 1000);
  const seen = new Map<string, number>();
  for (const [index, device] of (io.devices ?? []).entries()) {
    const field = `io.devices[${index}]`;
    const id = `${device.major}:${device.minor}`;
    const before = seen.get(id);
    if (before !== undefined)
      throw new LimitError(field, `${device.asked} is on disk ${id}, which io.devices[${before}] limits already`);
    seen.set(id, index);
    // 0 is "no limit" to v1 and EINVAL to v2.
    checkAmount(`${field}.readBps`, device.readBytesPerSec, 1);
    checkAmount(`${field}.writeBps`, device.writeBytesPerSec, 1);
    checkAmount(`${field}.readIops`, device.readIops, 1, 2 ** 32 - 1);
    checkAmount(`${field}.writeIops`, device.writeIops, 1, 2 ** 32 - 1);
    checkAmount(`${field}.latency`, device.latencyUsec, 1, MAX_LATENCY_USEC, 'µs');
  }
}

function checkHugetlb(size: string, limit: OrMax, facts: HostFacts): void {
  if (!/^\d+(KB|MB|GB)$/.test(size))
    throw new LimitError(`hugetlb.${size}`, 'is not a page size as the kernel names it, like 2MB');
  if (facts.hugePageSizes.length > 0 && !facts.hugePageSizes.includes(size))
    throw new LimitError(`hugetlb.${size}`, `this host's huge pages are of ${facts.hugePageSizes.join(' and ')}`);
  checkAmount(`hugetlb.${size}`, limit, 0);
}

function checkList(field: string, text: string | undefined, online: readonly number[], what: string): void {
  if (text === undefined || text === '') return;
  const wanted = parseCpuList(text);
  if (wanted === undefined) throw new LimitError(field, `${JSON.stringify(text)} is not a list like 0-2,4`);
  const absent = wanted.filter((n) => !online.includes(n));
  if (absent.length > 0)
    throw new LimitError(
      field,
      `${text} names ${what} this host does not have online (${absent.slice(0, 8).join(', ')}); it has ${online.join(',')}`,
    );
}

function checkPartition(partition: string | undefined): void {
  if (partition !== undefined && !['member', 'root', 'isolated'].includes(partition))
    throw new LimitError('cpuset.partition', `${JSON.stringify(partition)} is none of "member", "root" and "isolated"`);
}

function checkAmount(field: string, value: OrMax | undefined, least: number, most = Number.MAX_SAFE_INTEGER, unit = ''): void {
  if (value === undefined || value === 'max') return;
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw new LimitError(field, `${String(value)} is neither a whole number nor max`);
  if (value < least) throw new LimitError(field, `${value} is less than the least possible, ${least}${unit}`);
  if (value > most) throw new LimitError(field, `${value} is more than the most possible, ${most}`);
}

function checkInteger(field: string, value: number | undefined, least: number, most: number, unit = ''): void {
  if (value === undefined) return;
  if (!Number.isInteger(value) || value < least || value > most)
    throw new LimitError(field, `${value} is not a whole number from ${least} to ${most}${unit === '' ? '' : ` ${unit}`}`);
}
