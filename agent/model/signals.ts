import type { ContainerSnapshot, Signals } from '#agent/contract/snapshot.js';
import { percentOf, ratePerSecond } from './rate.js';
import type { CgroupSample, IoReading, PressureLine } from './sample.js';

/**
 * The signals of one container (agent/policy/signals.ts) from two samples of it; those that need two, or a file this host has not got,
 * are undefined; `kernel` has those that no file tells. Pure. One object of one shape: there are a thousand of them a tick.
 */
export function containerSignals(
  before: CgroupSample | undefined,
  after: CgroupSample,
  limits: ContainerSnapshot['limits'],
  kernel?: Signals,
): Signals {
  const elapsedMs = before === undefined ? 0 : after.monotonicMs - before.monotonicMs;
  const perSecond = (key: CounterKey): number | undefined => ratePerSecond(before?.[key], after[key], elapsedMs);
  const [stat, statBefore] = [after.memoryStat, readingBefore(before, after, 'memoryStat', 'memoryStatBefore')];
  const statMs = stat === undefined || statBefore === undefined ? 0 : stat.monotonicMs - statBefore.monotonicMs;
  const [io, ioBefore] = [after.io, readingBefore(before, after, 'io', 'ioBefore')];
  const usec = perSecond('cpuUsec');
  const { cpuPressure: cpu, memoryPressure: memory, ioPressure: disk } = after;
  return {
    'cpu.some.avg10': cpu?.some?.avg10,
    'cpu.some.avg60': cpu?.some?.avg60,
    'cpu.some.avg300': cpu?.some?.avg300,
    'cpu.full.avg10': cpu?.full?.avg10,
    'cpu.full.avg60': cpu?.full?.avg60,
    'cpu.full.avg300': cpu?.full?.avg300,
    'memory.some.avg10': memory?.some?.avg10,
    'memory.some.avg60': memory?.some?.avg60,
    'memory.some.avg300': memory?.some?.avg300,
    'memory.full.avg10': memory?.full?.avg10,
    'memory.full.avg60': memory?.full?.avg60,
    'memory.full.avg300': memory?.full?.avg300,
    'io.some.avg10': disk?.some?.avg10,
    'io.some.avg60': disk?.some?.avg60,
    'io.some.avg300': disk?.some?.avg300,
    'io.full.avg10': disk?.full?.avg10,
    'io.full.avg60': disk?.full?.avg60,
    'io.full.avg300': disk?.full?.avg300,
    'memory.events.low': perSecond('lowEvents'),
    'memory.events.high': perSecond('highEvents'),
    'memory.events.max': perSecond('maxEvents'),
    'memory.events.oom': perSecond('oomEvents'),
    'memory.events.oom_kill': perSecond('oomKills'),
    'memory.events.oom_group_kill': perSecond('oomGroupKills'),
    'memory.current': after.memoryBytes,
    'memory.anon': stat?.anonBytes,
    'memory.file': stat?.fileBytes,
    'memory.usage': percentOf(after.memoryBytes, limits['memory.max']),
    'memory.swap.current': after.swapBytes ?? stat?.swapBytes,
    'memory.refaults': ratePerSecond(statBefore?.refaults, stat?.refaults, statMs),
    'memory.scans': ratePerSecond(statBefore?.pagesScanned, stat?.pagesScanned, statMs),
    'cpu.usage': usec === undefined ? undefined : usec / 1e6,
    'cpu.throttled': throttledPercent(before, after),
    'cpu.latency.p99': kernel?.['cpu.latency.p99'],
    'io.latency.p99': kernel?.['io.latency.p99'],
    'io.read': bytesPerSecond(ioBefore, io, 'readBytes'),
    'io.write': bytesPerSecond(ioBefore, io, 'writeBytes'),
    'network.receive': kernel?.['network.receive'],
    'network.transmit': kernel?.['network.transmit'],
    'pids.current': after.pids,
    'pids.usage': percentOf(after.pids, limits['pids.max']),
  };
}

/** Those that no file of the cgroup tells. */
export const KERNEL_SIGNALS = ['cpu.latency.p99', 'io.latency.p99', 'network.receive', 'network.transmit'] as const;

type CounterKey = 'cpuUsec' | 'lowEvents' | 'highEvents' | 'maxEvents' | 'oomEvents' | 'oomKills' | 'oomGroupKills';

/** Share of the quota's periods between two samples in which it ran out, in percent; no period passed: 0 while there is a quota. */
export function throttledPercent(before: CgroupSample | undefined, after: CgroupSample): number | undefined {
  if (before?.periods === undefined || after.periods === undefined) return undefined;
  const periods = after.periods - before.periods;
  const throttled = (after.throttledPeriods ?? 0) - (before.throttledPeriods ?? 0);
  if (periods < 0 || throttled < 0) return undefined;
  return periods === 0 ? 0 : Math.min(100, (throttled * 100) / periods);
}

/** Bytes a second of all disks; a disk that came meanwhile counts from nothing. */
function bytesPerSecond(
  before: IoReading | undefined,
  after: IoReading | undefined,
  key: 'readBytes' | 'writeBytes',
): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  let bytes = 0;
  for (const device in after.devices) {
    const earlier = before.devices[device]?.[key] ?? 0;
    bytes += Math.max(0, (after.devices[device]?.[key] ?? 0) - earlier);
  }
  return ratePerSecond(0, bytes, after.monotonicMs - before.monotonicMs);
}

/** Of a costly file: what it said at the sample before, or, where it was not read since, the reading before that. */
export function readingBefore<K extends 'memoryStat' | 'io', B extends `${K}Before`>(
  before: CgroupSample | undefined,
  after: CgroupSample,
  key: K,
  beforeKey: B,
): CgroupSample[K] | CgroupSample[B] {
  const earlier = before?.[key];
  return earlier === undefined || earlier === after[key] ? after[beforeKey] : earlier;
}

/** The share of the time between two samples that a pressure line's total rose by, in percent: newer than the kernel's averages. */
export function stalledPercent(
  before: PressureLine | undefined,
  after: PressureLine | undefined,
  elapsedMs: number,
): number | undefined {
  const usec = ratePerSecond(before?.totalUsec, after?.totalUsec, elapsedMs);
  return usec === undefined ? undefined : Math.min(100, usec / 1e4);
}
