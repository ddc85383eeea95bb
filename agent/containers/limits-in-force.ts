import type { Limits } from '#runtime/cgroup/limits.js';

/**
 * Limits read from a host's files as every host says them, so that the same limits read the same under cgroup v1, v2 and hybrid: a
 * file this host has not got limits and protects nothing, page sizes without a limit are left out like disks without one, and v1's own
 * numbers (cpu.shares, blkio weight) are what `weight` says already; an idle cgroup has no weight.
 */
export function limitsInForce(read: Limits): Limits {
  const { shares: _shares, weight, ...cpu } = read.cpu ?? {};
  const { blkioWeight: _blkioWeight, ...io } = read.io ?? {};
  const { hugetlb, ...rest } = read;
  const limited = Object.entries(hugetlb ?? {}).filter(([, bytes]) => bytes !== 'max');
  return {
    ...rest,
    ...(read.cpu && { cpu: { burstUsec: 0, idle: false, ...cpu, ...(cpu.idle !== true && weight !== undefined && { weight }) } }),
    ...(read.memory && {
      memory: { highBytes: 'max', lowBytes: 0, minBytes: 0, swapMaxBytes: 'max', oomGroup: false, ...read.memory },
    }),
    ...(read.io && { io: { weight: 100, ...io } }),
    ...(limited.length > 0 && { hugetlb: Object.fromEntries(limited) }),
  };
}
