import { formatDurationUsec } from '#agent/contract/duration.js';
import type { LimitsInput } from '#agent/contract/limits.js';
import { type Defined, defined } from '#src/cli/defined.js';
import type { FlagValues } from '#src/cli/flags/flag.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { deviceLimits } from './devices.js';
import type { LIMIT_FLAGS } from './flags.js';

export type LimitFlags = FlagValues<typeof LIMIT_FLAGS>;

/** The kernel's CFS period when nobody says another (sched-bwc.rst). */
const DEFAULT_PERIOD_USEC = 100_000;
/** The least the kernel takes (min_cfs_quota_period in kernel/sched/core.c). */
const MIN_QUOTA_USEC = 1000;

/**
 * Limit flags as the API's limits: v2's words, bytes, cores. `currentMemoryMax` is the container's memory limit in force, for a
 * --memory-swap without --memory. Throws UsageError where flags contradict each other. An absent group of flags is an absent key.
 */
export function toLimits(flags: LimitFlags, currentMemoryMax?: number | string): LimitsInput {
  const limits = compact({
    cpu: cpu(flags),
    cpuset: compact({ cpus: flags['cpuset-cpus'], mems: flags['cpuset-mems'], partition: partition(flags['cpuset-partition']) }),
    memory: memory(flags, currentMemoryMax),
    io: compact({
      weight: flags['io-weight'],
      blkioWeight: flags['blkio-weight'],
      devices: deviceLimits(flags),
    }),
    pids: compact({ max: zeroIsMax(flags['pids-limit']) }),
  });
  return limits ?? {};
}

function partition(text: string | undefined): NonNullable<LimitsInput['cpuset']>['partition'] {
  if (text === undefined || text === 'member' || text === 'root' || text === 'isolated') return text;
  throw new UsageError(`invalid argument ${JSON.stringify(text)} for "--cpuset-partition" flag: want member, root or isolated`);
}

function cpu(flags: LimitFlags): LimitsInput['cpu'] | undefined {
  const burst = flags['cpu-burst'];
  return compact({
    ...bandwidth(flags),
    burst: burst === undefined ? undefined : formatDurationUsec(burst),
    weight: flags['cpu-weight'],
    shares: flags['cpu-shares'],
    idle: flags['cpu-idle'],
  });
}

function bandwidth(flags: LimitFlags): { max?: number | 'max' | undefined; period?: string | undefined } {
  const { 'cpu-period': periodUsec, 'cpu-quota': quotaUsec, cpus } = flags;
  if (cpus !== undefined && quotaUsec !== undefined)
    throw new UsageError('--cpus and --cpu-quota both set the CPU limit: give one');
  const period =
    periodUsec === undefined || periodUsec === 0 ? undefined : formatDurationUsec(positive('cpu-period', periodUsec));
  if (quotaUsec === undefined || quotaUsec === 0) return { max: zeroIsMax(cpus), period };
  if (quotaUsec === -1) return { max: 'max', period };
  if (quotaUsec < MIN_QUOTA_USEC)
    throw new UsageError(
      `invalid argument "${quotaUsec}" for "--cpu-quota" flag: want microseconds, ${MIN_QUOTA_USEC} at least, or -1 for no limit`,
    );
  return { max: quotaUsec / (periodUsec || DEFAULT_PERIOD_USEC), period };
}

function memory(flags: LimitFlags, currentMax: number | string | undefined): LimitsInput['memory'] | undefined {
  const reservation = flags['memory-reservation'];
  const low = flags['memory-low'];
  if (reservation !== undefined && low !== undefined && reservation !== low)
    throw new UsageError('--memory-reservation and --memory-low both set memory.low: give one');
  const max = zeroIsMax(flags.memory);
  return compact({
    max,
    high: flags['memory-high'],
    low: low ?? reservation,
    min: flags['memory-min'],
    swap: swap(flags, max ?? currentMax),
    oomGroup: flags['oom-group'],
  });
}

/** Docker's --memory-swap is memory and swap together; the API's swap is swap alone. */
function swap(flags: LimitFlags, memoryMax: number | string | undefined): number | 'max' | undefined {
  const total = flags['memory-swap'];
  const alone = flags['memory-swap-max'];
  if (total === undefined || total === 0) return alone;
  if (alone !== undefined) throw new UsageError('--memory-swap and --memory-swap-max both set the swap limit: give one');
  if (total === 'max') return 'max';
  if (typeof memoryMax !== 'number')
    throw new UsageError('--memory-swap is memory and swap together: give --memory too', {
      hint: 'or give swap alone with --memory-swap-max',
    });
  if (total < memoryMax)
    throw new UsageError(`--memory-swap ${total} is less than the memory limit ${memoryMax}: it is memory and swap together`, {
      hint: 'for no swap give the same as --memory; for swap alone use --memory-swap-max',
    });
  return total - memoryMax;
}

function positive(name: string, value: number): number {
  if (value > 0) return value;
  throw new UsageError(`invalid argument "${value}" for "--${name}" flag: must be positive`);
}

/** Docker's 0 means no limit where the kernel's would mean nothing at all. */
function zeroIsMax(value: number | 'max' | undefined): number | 'max' | undefined {
  return value === 0 ? 'max' : value;
}

/** The object without its undefined values; undefined when none is left. */
function compact<T extends object>(values: T): Defined<T> | undefined {
  return Object.values(values).every((value) => value === undefined) ? undefined : defined(values);
}
