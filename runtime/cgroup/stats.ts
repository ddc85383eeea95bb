import type { IoDeviceStats } from './io-stat.js';
import type { OrMax } from './limits.js';
import type { Psi } from './psi.js';

/** Figures of one cgroup and all nested in it, as the kernel counts them since it was made. `undefined`: this host has no such figure. */
export interface CgroupStats {
  cpu: CpuStats;
  memory: MemoryStats;
  pids: PidsStats;
  io: IoDeviceStats[];
  /** Of the v2 cgroup, where the kernel has PSI and it is on. */
  pressure: { cpu?: Psi; memory?: Psi; io?: Psi };
}

export interface CpuStats {
  usageUsec: number | undefined;
  userUsec: number | undefined;
  systemUsec: number | undefined;
  /** Enforcement periods, those throttled, and for how long all CPUs together; counted only while there is a quota. */
  periods: number | undefined;
  throttledPeriods: number | undefined;
  throttledUsec: number | undefined;
  bursts: number | undefined;
  burstUsec: number | undefined;
}

export interface MemoryStats {
  currentBytes: number | undefined;
  peakBytes: number | undefined;
  /** current − inactive file, what kubelet and cAdvisor call the working set. */
  workingSetBytes: number | undefined;
  swapBytes: number | undefined;
  /** Kernel memory: page tables, stacks, slab … */
  kernelBytes: number | undefined;
  anonBytes: number | undefined;
  fileBytes: number | undefined;
  shmemBytes: number | undefined;
  mappedFileBytes: number | undefined;
  activeFileBytes: number | undefined;
  inactiveFileBytes: number | undefined;
  dirtyBytes: number | undefined;
  writebackBytes: number | undefined;
  pageFaults: number | undefined;
  majorPageFaults: number | undefined;
  refaultsAnon: number | undefined;
  refaultsFile: number | undefined;
  pagesScanned: number | undefined;
  pagesReclaimed: number | undefined;
  /** memory.events: times the limit was run into (v1 failcnt), throttled at memory.high, and so on. */
  lowEvents: number | undefined;
  highEvents: number | undefined;
  maxEvents: number | undefined;
  oomEvents: number | undefined;
  oomKills: number | undefined;
  oomGroupKills: number | undefined;
}

export interface PidsStats {
  current: number | undefined;
  peak: number | undefined;
  max: OrMax | undefined;
  /** Times a fork was refused. */
  maxEvents: number | undefined;
}
