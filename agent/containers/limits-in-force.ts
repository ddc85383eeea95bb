import type { IoDeviceLimits, Limits } from '#runtime/cgroup/limits.js';
import { bfqWeightFromIo, ioWeightFromBfq } from '#runtime/cgroup/weights.js';

/**
 * Limits read from a host's files as every host says them, so that the same limits read the same under cgroup v1, v2 and hybrid: a
 * file this host has not got limits and protects nothing, disks, their rates and page sizes without a limit are left out, and v1's own
 * numbers (cpu.shares, blkio weight) are what `weight` says already; an idle cgroup has no weight.
 */
export function limitsInForce(read: Limits): Limits {
  const { shares: _shares, weight, ...cpu } = read.cpu ?? {};
  const { blkioWeight: _blkioWeight, ...io } = read.io ?? {};
  const { partition, ...lists } = read.cpuset ?? {};
  const { hugetlb, ...rest } = read;
  const limited = Object.entries(hugetlb ?? {}).filter(([, bytes]) => bytes !== 'max');
  return {
    ...rest,
    ...(read.cpu && { cpu: { burstUsec: 0, idle: false, ...cpu, ...(cpu.idle !== true && weight !== undefined && { weight }) } }),
    ...(read.cpuset && { cpuset: { ...lists, ...(partition !== undefined && partition !== 'member' && { partition }) } }),
    ...(read.memory && {
      memory: { highBytes: 'max', lowBytes: 0, minBytes: 0, swapMaxBytes: 'max', oomGroup: false, ...read.memory },
    }),
    ...(read.io && { io: { weight: 100, ...io, devices: (io.devices ?? []).map(limitedRates).filter(hasRate) } }),
    ...(limited.length > 0 && { hugetlb: Object.fromEntries(limited) }),
  };
}

/**
 * bfq has a tenth of the steps of io.weight: a weight that is what bfq made of the one asked for is shown as it was asked for, so that
 * it reads the same on every host.
 */
export function asAsked(inForce: Limits, asked: Limits): Limits {
  const weight = asked.io?.weight;
  if (weight === undefined || inForce.io?.weight !== ioWeightFromBfq(bfqWeightFromIo(weight))) return inForce;
  return { ...inForce, io: { ...inForce.io, weight } };
}

const RATES = ['readBytesPerSec', 'writeBytesPerSec', 'readIops', 'writeIops', 'latencyUsec'] as const;

/** v2 prints `max` for the rates of a disk that nobody limits. */
function limitedRates(device: IoDeviceLimits): IoDeviceLimits {
  const unlimited = RATES.filter((rate) => device[rate] === 'max') as readonly string[];
  return Object.fromEntries(Object.entries(device).filter(([key]) => !unlimited.includes(key))) as unknown as IoDeviceLimits;
}

function hasRate(device: IoDeviceLimits): boolean {
  return RATES.some((rate) => device[rate] !== undefined);
}
