import type { CgroupWrite, Condition, HasFile, InterfaceFiles, LimitController } from './controller.js';
import { firstLine, parseNumber } from './interface-file.js';
import { condition } from './limit-conditions.js';
import type { CpuLimits, OrMax } from './limits.js';
import { sharesFromWeight, weightFromShares } from './weights.js';

/** CPU bandwidth, weight and idle class. Sources: cgroup-v2.rst "CPU Interface Files", scheduler/sched-bwc.rst, sched-design-CFS. */
export const cpu: LimitController<'cpu'> = {
  key: 'cpu',
  controller: 'cpu',
  v1: { plan: planV1, read: readV1, conditions },
  v2: { plan: planV2, read: readV2, conditions },
};

/** The kernel's default cpu.max period, cfs_bandwidth. */
export const DEFAULT_PERIOD_USEC = 100_000;

/** Microseconds of quota a period for so many cores. */
export function quotaUsec(cores: OrMax, periodUsec: number): OrMax {
  return cores === 'max' ? 'max' : Math.round(cores * periodUsec);
}

interface Bandwidth {
  quota: OrMax;
  period: number;
  quotaAsked: boolean;
  periodAsked: boolean;
}

/** Cores are what is kept: a new period alone also needs a new quota, and a new number of cores the period in force. */
function bandwidth(limits: CpuLimits, current: CpuLimits, has: HasFile): Bandwidth {
  const period = limits.periodUsec ?? current.periodUsec ?? DEFAULT_PERIOD_USEC;
  const quota = quotaUsec(limits.maxCores ?? current.maxCores ?? 'max', period);
  const periodAsked = limits.periodUsec !== undefined && hasBandwidth(has);
  const quotaAsked = (limits.maxCores !== undefined && hasBandwidth(has)) || (periodAsked && quota !== 'max');
  return { quota, period, periodAsked, quotaAsked };
}

/** Period, burst, quota; the kernel checks them against each other and against the parent, so the first two may need the third. */
function planV1(limits: CpuLimits, current: CpuLimits, has: HasFile): CgroupWrite[] {
  const { quota, period, quotaAsked, periodAsked } = bandwidth(limits, current, has);
  const retry = quotaAsked ? { retryAfter: 'cpu.cfs_quota_us' } : {};
  const writes: CgroupWrite[] = [];
  if (periodAsked) writes.push({ ...write('cpu.cfs_period_us', period, 'cpu.period'), ...retry });
  if (limits.burstUsec !== undefined && has('cpu.cfs_burst_us'))
    writes.push({ ...write('cpu.cfs_burst_us', limits.burstUsec, 'cpu.burst'), ...retry });
  if (quotaAsked) writes.push(write('cpu.cfs_quota_us', quota === 'max' ? -1 : quota, 'cpu.max'));
  const shares = limits.shares ?? (limits.weight === undefined ? undefined : sharesFromWeight(limits.weight));
  return [...writes, ...planShare('cpu.shares', shares, limits, current, has)];
}

function planV2(limits: CpuLimits, current: CpuLimits, has: HasFile): CgroupWrite[] {
  const { quota, period, quotaAsked, periodAsked } = bandwidth(limits, current, has);
  const writes: CgroupWrite[] = [];
  if (limits.burstUsec !== undefined && has('cpu.max.burst'))
    writes.push({
      ...write('cpu.max.burst', limits.burstUsec, 'cpu.burst'),
      ...(quotaAsked ? { retryAfter: 'cpu.max' } : {}),
    });
  if (quotaAsked || periodAsked) writes.push(write('cpu.max', `${quota} ${period}`, 'cpu.max'));
  const weight = limits.weight ?? (limits.shares === undefined ? undefined : weightFromShares(limits.shares));
  return [...writes, ...planShare('cpu.weight', weight, limits, current, has)];
}

/** An idle cgroup refuses a weight (EINVAL), and leaving idle resets it: the weight goes before `idle 1` and after `idle 0`. */
function planShare(file: string, value: number | undefined, limits: CpuLimits, current: CpuLimits, has: HasFile): CgroupWrite[] {
  const idle: CgroupWrite[] =
    limits.idle === undefined || !has('cpu.idle')
      ? []
      : [{ ...write('cpu.idle', limits.idle ? 1 : 0, 'cpu.idle'), resets: file }];
  // While the cgroup is and stays idle, its weight means nothing.
  const staysIdle = current.idle === true && limits.idle !== false;
  const share = value === undefined || staysIdle ? [] : [write(file, value, 'cpu.weight')];
  return limits.idle === true ? [...share, ...idle] : [...idle, ...share];
}

function readV1(files: InterfaceFiles): CpuLimits {
  const period = number(files.read('cpu', 'cpu.cfs_period_us'));
  const quota = number(files.read('cpu', 'cpu.cfs_quota_us'));
  const shares = number(files.read('cpu', 'cpu.shares'));
  return {
    ...(period !== undefined && quota !== undefined && { maxCores: quota < 0 ? 'max' : quota / period }),
    ...(period !== undefined && { periodUsec: period }),
    ...(shares !== undefined && { weight: weightFromShares(shares), shares }),
    ...readBurstAndIdle(files, 'cpu.cfs_burst_us'),
  };
}

function readV2(files: InterfaceFiles): CpuLimits {
  const [quota, periodText] = firstLine(files.read('cpu', 'cpu.max'))?.split(' ') ?? [];
  const period = Number(periodText);
  const weight = number(files.read('cpu', 'cpu.weight'));
  return {
    ...(quota !== undefined && { maxCores: quota === 'max' ? 'max' : Number(quota) / period, periodUsec: period }),
    // An idle cgroup reads weight 0, which is no weight.
    ...(weight !== undefined && weight > 0 && { weight }),
    ...readBurstAndIdle(files, 'cpu.max.burst'),
  };
}

function readBurstAndIdle(files: InterfaceFiles, burstFile: string): CpuLimits {
  const burstUsec = number(files.read('cpu', burstFile));
  const idle = number(files.read('cpu', 'cpu.idle'));
  return { ...(burstUsec !== undefined && { burstUsec }), ...(idle !== undefined && { idle: idle === 1 }) };
}

function conditions(limits: CpuLimits, has: HasFile): Condition[] {
  const found: Condition[] = [];
  if (limits.maxCores !== undefined && limits.maxCores !== 'max' && !hasBandwidth(has)) found.push(condition('NoCpuMax'));
  if ((limits.burstUsec ?? 0) > 0 && !has('cpu.cfs_burst_us') && !has('cpu.max.burst')) found.push(condition('NoCpuBurst'));
  if (limits.idle === true && !has('cpu.idle')) found.push(condition('NoCpuIdle'));
  const weighs = limits.shares !== undefined || (limits.weight ?? DEFAULT_WEIGHT) !== DEFAULT_WEIGHT;
  if (limits.idle === true && has('cpu.idle') && weighs) found.push(condition('IdleOutranksWeight'));
  return found;
}

const DEFAULT_WEIGHT = 100;

function hasBandwidth(has: HasFile): boolean {
  return has('cpu.max') || has('cpu.cfs_quota_us');
}

function write(file: string, value: number | string, field: string): CgroupWrite {
  return { controller: 'cpu', file, value: String(value), field };
}

function number(buffer: Buffer | undefined): number | undefined {
  return buffer === undefined ? undefined : parseNumber(buffer);
}
