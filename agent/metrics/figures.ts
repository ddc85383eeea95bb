import type { StatsView } from '#agent/contract/container.js';
import type { CgroupSample, IoCounters, Pressure } from '#agent/model/sample.js';

/** What series of a container, or of the node, are made of; undefined: this host, or this moment, has no such figure. */
export interface Figures {
  /** When it was read, in milliseconds since the epoch. */
  atMs: number;
  cpu: Figure<
    'usageUsec' | 'userUsec' | 'systemUsec' | 'periods' | 'throttledPeriods' | 'throttledUsec' | 'bursts' | 'burstUsec'
  >;
  memory: Figure<
    | 'usedBytes'
    | 'workingSetBytes'
    | 'anonBytes'
    | 'fileBytes'
    | 'swapBytes'
    | 'mappedFileBytes'
    | 'kernelBytes'
    | 'activeFileBytes'
    | 'inactiveFileBytes'
    | 'peakBytes'
    | 'failCount'
    | 'highEvents'
    | 'maxEvents'
    | 'oomKills'
    | 'pageFaults'
    | 'majorFaults'
    | 'ownPageFaults'
    | 'ownMajorFaults'
    | 'refaultsAnon'
    | 'refaultsFile'
    | 'pagesScanned'
    | 'pagesReclaimed'
  >;
  /** By `MAJ:MIN`. */
  io: Readonly<Record<string, IoCounters>>;
  pressure: Readonly<Record<Resource, { someUsec: number | undefined; fullUsec: number | undefined }>>;
  threads: number | undefined;
}

export const RESOURCES = ['cpu', 'memory', 'io'] as const;
export type Resource = (typeof RESOURCES)[number];
type Figure<Name extends string> = Readonly<Partial<Record<Name, number | undefined>>>;

/** What only a scrape asks for, and so reads by itself, beside what ticks keep. */
export interface ScrapeFigures {
  /** cgroup v1's, which are in files of their own there. */
  userUsec?: number | undefined;
  systemUsec?: number | undefined;
  kernelBytes?: number | undefined;
  failCount?: number | undefined;
  /** cgroup v1's cpu.shares, which `weight` says only roughly. */
  cpuShares?: number | undefined;
  /** Most memory ever in use. */
  peakBytes?: number | undefined;
  /** Reads and writes that v1 counts in a file of their own. */
  operations?: Readonly<Record<string, Pick<IoCounters, 'reads' | 'writes'>>> | undefined;
}

/** A tick's sample with what the scrape read itself. */
export function figuresOf(sample: CgroupSample, read: ScrapeFigures, atMs: number): Figures {
  const { memoryStat: stat } = sample;
  return {
    atMs,
    cpu: {
      usageUsec: sample.cpuUsec,
      userUsec: sample.userUsec ?? read.userUsec,
      systemUsec: sample.systemUsec ?? read.systemUsec,
      periods: sample.periods,
      throttledPeriods: sample.throttledPeriods,
      throttledUsec: sample.throttledUsec,
      bursts: sample.bursts,
      burstUsec: sample.burstUsec,
    },
    memory: {
      usedBytes: sample.memoryBytes,
      workingSetBytes:
        stat?.usedBytes === undefined || stat.inactiveFileBytes === undefined
          ? undefined
          : Math.max(0, stat.usedBytes - stat.inactiveFileBytes),
      anonBytes: stat?.anonBytes,
      fileBytes: stat?.fileBytes,
      swapBytes: sample.swapBytes ?? stat?.swapBytes,
      mappedFileBytes: stat?.mappedFileBytes,
      kernelBytes: stat?.kernelBytes ?? read.kernelBytes,
      activeFileBytes: stat?.activeFileBytes,
      inactiveFileBytes: stat?.inactiveFileBytes,
      peakBytes: read.peakBytes,
      failCount: read.failCount ?? sample.maxEvents,
      highEvents: sample.highEvents,
      maxEvents: read.failCount ?? sample.maxEvents,
      oomKills: sample.oomKills,
      pageFaults: stat?.pageFaults,
      majorFaults: stat?.majorFaults,
      ownPageFaults: stat?.ownPageFaults ?? stat?.pageFaults,
      ownMajorFaults: stat?.ownMajorFaults ?? stat?.majorFaults,
      refaultsAnon: stat?.refaultsAnon,
      refaultsFile: stat?.refaultsFile,
      pagesScanned: stat?.pagesScanned,
      pagesReclaimed: stat?.pagesReclaimed,
    },
    io: withOperations(sample.io?.devices ?? {}, read.operations),
    pressure: {
      cpu: totals(sample.cpuPressure),
      memory: totals(sample.memoryPressure),
      io: totals(sample.ioPressure),
    },
    threads: sample.pids,
  };
}

/** The last figures of one that ended: what its last sample says, and of the rest what was known before. */
export function lastFigures(stats: StatsView, known: Figures | undefined): Figures {
  const { cpu, memory, io, pressure = {} } = stats;
  const line = (resource: Resource, name: 'some' | 'full') => pressure[resource]?.[name]?.totalUsec;
  const both = (resource: Resource) => ({
    someUsec: line(resource, 'some') ?? known?.pressure[resource].someUsec,
    fullUsec: line(resource, 'full') ?? known?.pressure[resource].fullUsec,
  });
  return {
    atMs: Date.parse(stats.time),
    cpu: { ...known?.cpu, ...defined(cpu) },
    memory: {
      ...known?.memory,
      ...defined({
        usedBytes: memory.currentBytes,
        workingSetBytes: memory.workingSetBytes,
        anonBytes: memory.anonBytes,
        fileBytes: memory.fileBytes,
        swapBytes: memory.swapBytes,
        peakBytes: memory.peakBytes,
        failCount: memory.failCount,
        maxEvents: memory.failCount,
        oomKills: memory.oomKills,
      }),
    },
    io: Object.fromEntries(io.devices.map(({ device, ...counters }) => [device, counters])),
    pressure: { cpu: both('cpu'), memory: both('memory'), io: both('io') },
    threads: stats.pids.current,
  };
}

function withOperations(devices: Figures['io'], operations: ScrapeFigures['operations']): Figures['io'] {
  if (operations === undefined) return devices;
  return Object.fromEntries(
    Object.entries(devices).map(([device, counters]) => [device, { ...counters, ...operations[device] }]),
  );
}

function totals(pressure: Pressure | undefined): { someUsec: number | undefined; fullUsec: number | undefined } {
  return { someUsec: pressure?.some?.totalUsec, fullUsec: pressure?.full?.totalUsec };
}

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
