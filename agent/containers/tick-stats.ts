import type { StatsView } from '#agent/contract/container.js';
import type { CgroupSample, Pressure } from '#agent/model/sample.js';
import { rfc3339 } from './clock.js';
import { ioView } from './io-view.js';
import { present } from './present.js';

/** What a tick read of a container, and when. */
export interface TickSample {
  sample: CgroupSample;
  /** Milliseconds since the epoch. */
  atMs: number;
  /** Used on average over that tick; undefined: not known. */
  cores: number | undefined;
}

/** What a tick saw of a container as its statistics are shown; a copy. What ticks do not read is left out. Pure. */
export function tickStats({ id, name }: { id: string; name: string }, { sample, atMs, cores }: TickSample): StatsView {
  const { memoryBytes, memoryStat: stat } = sample;
  const inactive = stat?.inactiveFileBytes;
  return {
    id,
    name,
    time: rfc3339(atMs),
    cpu: present({
      usageUsec: sample.cpuUsec ?? 0,
      userUsec: sample.userUsec,
      systemUsec: sample.systemUsec,
      periods: sample.periods,
      throttledPeriods: sample.throttledPeriods,
      throttledUsec: sample.throttledUsec,
      cores,
    }),
    memory: present({
      currentBytes: memoryBytes ?? 0,
      workingSetBytes: memoryBytes === undefined || inactive === undefined ? undefined : Math.max(0, memoryBytes - inactive),
      anonBytes: stat?.anonBytes,
      fileBytes: stat?.fileBytes,
      swapBytes: sample.swapBytes ?? stat?.swapBytes,
      oomKills: sample.oomKills,
      failCount: sample.maxEvents,
    }),
    pids: present({ current: sample.pids }),
    io: ioView(Object.entries(sample.io?.devices ?? {}).map(([device, counters]) => ({ device, ...counters }))),
    network: [],
    ...pressureOf({ cpu: sample.cpuPressure, memory: sample.memoryPressure, io: sample.ioPressure }),
  };
}

function pressureOf(all: Record<string, Pressure | undefined>): Pick<StatsView, 'pressure'> {
  const lines = Object.entries(all).flatMap(([name, psi]) =>
    psi === undefined ? [] : [[name, structuredClone(present({ some: psi.some, full: psi.full }))] as const],
  );
  return lines.length === 0 ? {} : { pressure: Object.fromEntries(lines) as NonNullable<StatsView['pressure']> };
}
