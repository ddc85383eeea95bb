import type { IoDeviceLimits, Limits, OrMax } from '#runtime/cgroup/limits.js';
import { weightFromShares } from '#runtime/cgroup/weights.js';
import type { OciResources, OciThrottle } from '#runtime/spec/oci.js';

type RateName = 'readBytesPerSec' | 'writeBytesPerSec' | 'readIops' | 'writeIops';

/**
 * linux.resources of a bundle's config.json as limits: v1's words in v2's vocabulary, -1 as `max`. Pure. Source: runtime-spec
 * config-linux.md "Control groups"; memory.swap there is memory + swap.
 */
export function limitsFromResources(resources: OciResources): Limits {
  const { cpu, memory, pids, hugepageLimits } = resources;
  const limits: Limits = {};
  const cpuLimits = given<NonNullable<Limits['cpu']>>({
    maxCores: cpu?.quota === undefined ? undefined : cpu.quota <= 0 ? 'max' : cpu.quota / (cpu.period ?? 100_000),
    periodUsec: cpu?.period,
    burstUsec: cpu?.burst,
    shares: cpu?.shares || undefined,
    weight: cpu?.shares ? weightFromShares(cpu.shares) : undefined,
    idle: cpu?.idle === undefined ? undefined : cpu.idle === 1,
  });
  const cpuset = given<NonNullable<Limits['cpuset']>>({ cpus: cpu?.cpus || undefined, mems: cpu?.mems || undefined });
  const memoryLimits = given<NonNullable<Limits['memory']>>({
    maxBytes: orMax(memory?.limit),
    lowBytes: memory?.reservation === undefined || memory.reservation < 0 ? undefined : memory.reservation,
    swapMaxBytes: swapAlone(memory?.swap, memory?.limit),
  });
  const devices = ioDevices(resources);
  const blkioWeight = resources.blockIO?.weight || undefined;
  if (cpuLimits !== undefined) limits.cpu = cpuLimits;
  if (cpuset !== undefined) limits.cpuset = cpuset;
  if (memoryLimits !== undefined) limits.memory = memoryLimits;
  if (devices.length > 0 || blkioWeight !== undefined)
    limits.io = { ...(blkioWeight === undefined ? {} : { blkioWeight }), ...(devices.length > 0 ? { devices } : {}) };
  if (pids !== undefined && pids.limit !== 0) limits.pids = { max: orMax(pids.limit) ?? 'max' };
  if (hugepageLimits !== undefined && hugepageLimits.length > 0)
    limits.hugetlb = Object.fromEntries(hugepageLimits.map(({ pageSize, limit }) => [pageSize, limit]));
  return limits;
}

function ioDevices({ blockIO }: OciResources): IoDeviceLimits[] {
  const disks = new Map<string, IoDeviceLimits>();
  const add = (name: RateName, list: readonly OciThrottle[] | undefined): void => {
    for (const { major, minor, rate } of list ?? []) {
      const key = `${major}:${minor}`;
      disks.set(key, { ...(disks.get(key) ?? { major, minor, asked: key }), [name]: rate === 0 ? 'max' : rate });
    }
  };
  add('readBytesPerSec', blockIO?.throttleReadBpsDevice);
  add('writeBytesPerSec', blockIO?.throttleWriteBpsDevice);
  add('readIops', blockIO?.throttleReadIOPSDevice);
  add('writeIops', blockIO?.throttleWriteIOPSDevice);
  return [...disks.values()];
}

function orMax(value: number | undefined): OrMax | undefined {
  return value === undefined ? undefined : value < 0 ? 'max' : value;
}

function swapAlone(total: number | undefined, limit: number | undefined): OrMax | undefined {
  if (total === undefined || total === 0) return undefined;
  if (total < 0) return 'max';
  return limit === undefined || limit < 0 ? 'max' : Math.max(0, total - limit);
}

function given<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T | undefined {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as T);
}
