/** A number of the unit in the property's name, or `max` for no limit (cgroup-v2.rst, "max" in interface files). */
export type OrMax = number | 'max';

export interface CpuLimits {
  /** Cores, as cpu.max's quota / period; `max` for no limit. */
  maxCores?: OrMax;
  periodUsec?: number;
  burstUsec?: number;
  /** cpu.weight, 1..10000, default 100. */
  weight?: number;
  /** The v1 cpu.shares the user asked for, kept so that a v1 host gets that very number; `weight` is its conversion. */
  shares?: number;
  idle?: boolean;
}

export interface CpusetLimits {
  /** Linux CPU list, e.g. `0-1,3`; empty string: inherit from the parent. */
  cpus?: string;
  mems?: string;
  /** Whether its CPUs are its own: a scheduling domain (`root`), also without load balancing (`isolated`), or its parent's too (`member`). */
  partition?: CpusetPartition;
}

export type CpusetPartition = 'member' | 'root' | 'isolated';

export interface MemoryLimits {
  maxBytes?: OrMax;
  highBytes?: OrMax;
  lowBytes?: OrMax;
  minBytes?: OrMax;
  /** Swap alone (memory.swap.max), not memory + swap. */
  swapMaxBytes?: OrMax;
  oomGroup?: boolean;
}

/** One whole disk's limits, already resolved to MAJ:MIN; absent means untouched, `max` no limit. */
export interface IoDeviceLimits {
  major: number;
  minor: number;
  /** What the user wrote (device node, MAJ:MIN or any path on it), for messages and inspect. */
  asked: string;
  /** The kernel's name of that disk (`vda`) and how it was found, from what was asked on; for people, where it is known. */
  disk?: { name: string; via: string[] };
  readBytesPerSec?: OrMax;
  writeBytesPerSec?: OrMax;
  readIops?: OrMax;
  writeIops?: OrMax;
  /** Others on that disk are slowed down while this one's requests take longer than that on average. */
  latencyUsec?: OrMax;
}

export interface IoLimits {
  /** io.weight, 1..10000, default 100. */
  weight?: number;
  /** The v1 blkio weight (10..1000) the user asked for, kept for hosts that take it as it is (bfq). */
  blkioWeight?: number;
  devices?: IoDeviceLimits[];
}

/**
 * What a cgroup may use, in the vocabulary of cgroup v2 whatever the host carries. Absent fields are left as they are. This is
 * the one shape every controller plans from; agent/contract/limits.ts parses users' words into it and prints it back.
 */
export interface Limits {
  cpu?: CpuLimits;
  cpuset?: CpusetLimits;
  memory?: MemoryLimits;
  io?: IoLimits;
  pids?: { max?: OrMax };
  /** By page size as the kernel names it: `2MB`, `1GB`. */
  hugetlb?: Record<string, OrMax>;
  state?: 'thawed' | 'frozen';
}

/** A rule of the OCI devices list (runtime-spec config-linux.md "Allowed Device list"), in order; absent major/minor: all. */
export interface DeviceRule {
  allow: boolean;
  type: 'a' | 'b' | 'c';
  major?: number;
  minor?: number;
  /** Any of r, w, m. */
  access: string;
}
