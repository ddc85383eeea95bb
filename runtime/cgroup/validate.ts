import type { HostFacts } from './cgroup-host.js';
import { DEFAULT_PERIOD_USEC, quotaUsec } from './cpu.js';
import { formatCpuList, parseCpuList } from './cpu-list.js';
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
const MAX_IOPS = 2 ** 32 - 1;
const BYTES = 'bytes as a number, or with k m g t or KiB MiB GiB TiB';

/** Numbers that must be whole, and from where to where: sched_weight_from_cgroup, MIN_SHARES and MAX_SHARES, CGROUP_WEIGHT_MIN and _MAX, blkio. */
const WHOLE = {
  'cpu.weight': [1, 10000],
  'cpu.shares': [2, 262144],
  'io.weight': [1, 10000],
  'io.blkioWeight': [10, 1000],
} as const;
export type WholeField = keyof typeof WHOLE;

/** `a whole number from 1 to 10000`. */
export function wholeWords(field: WholeField): string {
  return `a whole number from ${WHOLE[field][0]} to ${WHOLE[field][1]}`;
}

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
  checkAmount('pids.max', limits.pids?.max, 0, { most: MAX_PIDS, form: `a whole number from 1 to ${MAX_PIDS}` });
  for (const [size, limit] of Object.entries(limits.hugetlb ?? {})) checkHugetlb(size, limit, facts);
  if (limits.state !== undefined && limits.state !== 'thawed' && limits.state !== 'frozen')
    throw new LimitError('state', `${JSON.stringify(limits.state)} is neither "thawed" nor "frozen"`, 'thawed or frozen');
}

function checkCpu(cpu: CpuLimits, facts: HostFacts, current: CpuLimits): void {
  const { maxCores, periodUsec, burstUsec } = cpu;
  if (maxCores !== undefined && maxCores !== 'max') {
    const valid = `cores from ${MIN_CORES} to ${facts.cpus.length}, or "max"`;
    if (!Number.isFinite(maxCores) || maxCores < MIN_CORES)
      throw new LimitError('cpu.max', `${maxCores} is not a number of cores from ${MIN_CORES} up`, valid);
    if (maxCores > facts.cpus.length)
      throw new LimitError('cpu.max', `${maxCores} cores are more than the ${facts.cpus.length} this host has online`, valid);
  }
  checkTime('cpu.period', periodUsec, MIN_PERIOD_USEC, MAX_PERIOD_USEC);
  checkWhole('cpu.weight', cpu.weight);
  checkWhole('cpu.shares', cpu.shares);
  checkTime('cpu.burst', burstUsec, 0, Number.MAX_SAFE_INTEGER);

  if (maxCores === undefined && periodUsec === undefined && burstUsec === undefined) return;
  const period = periodUsec ?? current.periodUsec ?? DEFAULT_PERIOD_USEC;
  const quota = quotaUsec(maxCores ?? current.maxCores ?? 'max', period);
  if (quota === 'max') return;
  if (quota < MIN_QUOTA_USEC) {
    const least = timeWords(Math.ceil((MIN_QUOTA_USEC * period) / quota));
    throw new LimitError(
      maxCores === undefined ? 'cpu.period' : 'cpu.max',
      `${timeWords(quota)} of every ${timeWords(period)} is less than the 1ms the kernel can hand out: choose a period of at least ${least}`,
      `a period of at least ${least}, or more cores`,
    );
  }
  const burst = burstUsec ?? current.burstUsec ?? 0;
  if (burst > quota)
    throw new LimitError(
      burstUsec === undefined ? 'cpu.max' : 'cpu.burst',
      `a burst of ${timeWords(burst)} is more than the ${timeWords(quota)} of quota in a period`,
      `a burst of at most the quota: cpu.max times cpu.period, here ${timeWords(quota)}`,
    );
}

function checkMemory(memory: MemoryLimits): void {
  checkAmount('memory.max', memory.maxBytes, MIN_MEMORY_BYTES, { form: `at least 6MiB, ${BYTES}`, unit: ' bytes (6 MiB)' });
  checkAmount('memory.high', memory.highBytes, 0, { form: BYTES });
  checkAmount('memory.low', memory.lowBytes, 0, { form: BYTES });
  checkAmount('memory.min', memory.minBytes, 0, { form: BYTES });
  checkAmount('memory.swap', memory.swapMaxBytes, 0, { form: BYTES });
}

function checkIo(io: IoLimits): void {
  checkWhole('io.weight', io.weight);
  checkWhole('io.blkioWeight', io.blkioWeight);
  const seen = new Map<string, number>();
  for (const [index, device] of (io.devices ?? []).entries()) {
    const field = `io.devices[${index}]`;
    const id = `${device.major}:${device.minor}`;
    const before = seen.get(id);
    if (before !== undefined)
      throw new LimitError(field, `${device.asked} is on disk ${id}, which io.devices[${before}] limits already`, 'a disk once');
    seen.set(id, index);
    // 0 is "no limit" to v1 and EINVAL to v2.
    checkAmount(`${field}.readBps`, device.readBytesPerSec, 1, { form: `at least 1, ${BYTES}` });
    checkAmount(`${field}.writeBps`, device.writeBytesPerSec, 1, { form: `at least 1, ${BYTES}` });
    const iops = { most: MAX_IOPS, form: `a whole number from 1 to ${MAX_IOPS}` };
    checkAmount(`${field}.readIops`, device.readIops, 1, iops);
    checkAmount(`${field}.writeIops`, device.writeIops, 1, iops);
    if (device.latencyUsec !== 'max') checkTime(`${field}.latency`, device.latencyUsec, 1, MAX_LATENCY_USEC, ', or "max"');
  }
}

function checkHugetlb(size: string, limit: OrMax, facts: HostFacts): void {
  const sizes = facts.hugePageSizes;
  const valid = `a page size${sizes.length === 0 ? ' such as 2MB' : ` of this host: ${sizes.join(', ')}`}`;
  if (!/^\d+(KB|MB|GB)$/.test(size))
    throw new LimitError(`hugetlb.${size}`, 'is not a page size as the kernel names it, like 2MB', valid);
  if (sizes.length > 0 && !sizes.includes(size))
    throw new LimitError(`hugetlb.${size}`, `this host's huge pages are of ${sizes.join(' and ')}`, valid);
  checkAmount(`hugetlb.${size}`, limit, 0, { form: BYTES });
}

function checkList(field: string, text: string | undefined, online: readonly number[], what: string): void {
  if (text === undefined || text === '') return;
  const wanted = parseCpuList(text);
  const valid = `a list of ${what} such as "0-2,4", of those of this host: ${formatCpuList(online)}`;
  if (wanted === undefined) throw new LimitError(field, `${JSON.stringify(text)} is not a list like 0-2,4`, valid);
  const absent = wanted.filter((n) => !online.includes(n));
  if (absent.length > 0)
    throw new LimitError(
      field,
      `${text} names ${what} this host does not have online (${absent.slice(0, 8).join(', ')}); it has ${online.join(',')}`,
      valid,
    );
}

function checkPartition(partition: string | undefined): void {
  if (partition !== undefined && !['member', 'root', 'isolated'].includes(partition))
    throw new LimitError(
      'cpuset.partition',
      `${JSON.stringify(partition)} is none of "member", "root" and "isolated"`,
      'member, root or isolated',
    );
}

/** `form`: what is valid besides max. */
function checkAmount(
  field: string,
  value: OrMax | undefined,
  least: number,
  { most = Number.MAX_SAFE_INTEGER, form, unit = '' }: { most?: number; form: string; unit?: string },
): void {
  if (value === undefined || value === 'max') return;
  const refuse = (reason: string): never => {
    throw new LimitError(field, `${String(value)} ${reason}`, `${form}, or "max"`);
  };
  if (typeof value !== 'number' || !Number.isInteger(value)) refuse('is neither a whole number nor max');
  if (value < least) refuse(`is less than the least possible, ${least}${unit}`);
  if (value > most) refuse(`is more than the most possible, ${most}`);
}

function checkWhole(field: WholeField, value: number | undefined): void {
  const [least, most] = WHOLE[field];
  if (value !== undefined && (!Number.isInteger(value) || value < least || value > most))
    throw new LimitError(field, `${value} is not ${wholeWords(field)}`, wholeWords(field));
}

function checkTime(field: string, usec: number | undefined, leastUsec: number, mostUsec: number, orElse = ''): void {
  if (usec === undefined || (Number.isInteger(usec) && usec >= leastUsec && usec <= mostUsec)) return;
  const range = `a time from ${timeWords(leastUsec)}${mostUsec === Number.MAX_SAFE_INTEGER ? ' on' : ` to ${timeWords(mostUsec)}`}`;
  throw new LimitError(field, `${timeWords(usec)} is not ${range}`, `${range}${orElse}`);
}

/** As a person writes it: 1500000 → `1.5s`. */
function timeWords(usec: number): string {
  if (usec >= 3_600_000_000) return `${usec / 3_600_000_000}h`;
  return usec >= 1_000_000 ? `${usec / 1_000_000}s` : `${usec / 1000}ms`;
}
