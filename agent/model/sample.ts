/** What the kernel's files of one moment said, counters as they are; two of these make signals (./signals.ts). Plain data. */
export interface Sample {
  /** Milliseconds since the epoch. */
  atMs: number;
  /** Milliseconds that never go back. */
  monotonicMs: number;
  node: NodeSample;
  /** By container id; one that is gone is not there. */
  containers: ReadonlyMap<string, CgroupSample>;
}

/** One cgroup with all nested in it. `undefined`: this host, or this cgroup, has no such figure. */
export interface CgroupSample {
  /** When its files were read. */
  monotonicMs: number;
  /** Nothing happens in it: all but CPU time and the freezer is as in the sample before. */
  still: boolean;
  cpuUsec: number | undefined;
  /** v2 only; v1 has them in a file of their own, which ticks do not read. */
  userUsec: number | undefined;
  systemUsec: number | undefined;
  /** Periods of the CPU quota, those in which it ran out, and for how long all CPUs together. */
  periods: number | undefined;
  throttledPeriods: number | undefined;
  throttledUsec: number | undefined;
  /** Periods in which it used what it had saved (cpu.max.burst), and how much. */
  bursts: number | undefined;
  burstUsec: number | undefined;
  memoryBytes: number | undefined;
  /** v2 only; v1 has it in memory.stat. */
  swapBytes: number | undefined;
  lowEvents: number | undefined;
  highEvents: number | undefined;
  /** Times the limit was run into (v1: memory.failcnt). */
  maxEvents: number | undefined;
  oomEvents: number | undefined;
  oomKills: number | undefined;
  oomGroupKills: number | undefined;
  pids: number | undefined;
  /** Forks that pids.max refused. */
  pidsRefused: number | undefined;
  cpuPressure: Pressure | undefined;
  memoryPressure: Pressure | undefined;
  ioPressure: Pressure | undefined;
  /** By the host's freezer. */
  frozen: boolean;
  /** By the v2 tree's freezer on a hybrid host; looked at less often. */
  frozenTwin: boolean;
  /** Costly files are read less often: the newest reading, and the one before it, each with its own time. */
  memoryStat: MemoryStatReading | undefined;
  memoryStatBefore: MemoryStatReading | undefined;
  io: IoReading | undefined;
  ioBefore: IoReading | undefined;
}

/** A pressure file (accounting/psi.rst): averages in percent, totals of stalled time. */
export interface Pressure {
  some: PressureLine | undefined;
  full: PressureLine | undefined;
}

export interface PressureLine {
  avg10: number;
  avg60: number;
  avg300: number;
  totalUsec: number;
}

/** Of memory.stat. */
export interface MemoryStatReading {
  monotonicMs: number;
  /** Memory in use at that moment: what is subtracted from it must not be older or newer. */
  usedBytes: number | undefined;
  anonBytes: number | undefined;
  /** Page cache. */
  fileBytes: number | undefined;
  mappedFileBytes: number | undefined;
  activeFileBytes: number | undefined;
  inactiveFileBytes: number | undefined;
  swapBytes: number | undefined;
  /** Neither reclaim nor swap frees it. */
  kernelBytes: number | undefined;
  unevictableBytes: number | undefined;
  refaults: number | undefined;
  refaultsAnon: number | undefined;
  refaultsFile: number | undefined;
  pagesScanned: number | undefined;
  pagesReclaimed: number | undefined;
  pageFaults: number | undefined;
  majorFaults: number | undefined;
  /** Without those nested in it; v2 does not tell them apart. */
  ownPageFaults: number | undefined;
  ownMajorFaults: number | undefined;
}

/** Of io.stat, or v1's blkio files. */
export interface IoReading {
  monotonicMs: number;
  /** By `MAJ:MIN`. */
  devices: Record<string, IoCounters>;
}

export interface IoCounters {
  readBytes: number;
  writeBytes: number;
  reads: number;
  writes: number;
}

export interface NodeSample {
  monotonicMs: number;
  cpus: number;
  /** Time all CPUs together were not idle. */
  busyUsec: number | undefined;
  memTotalBytes: number;
  memAvailableBytes: number | undefined;
  swapTotalBytes: number;
  swapFreeBytes: number;
  cpuPressure: Pressure | undefined;
  memoryPressure: Pressure | undefined;
  ioPressure: Pressure | undefined;
  /** Whole disks: time each had requests under way, by `MAJ:MIN`. Read with the costly files. */
  disks: DiskReading | undefined;
}

export interface DiskReading {
  monotonicMs: number;
  devices: Record<string, { name: string; busyMs: number }>;
}
