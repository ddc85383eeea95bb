/**
 * What one tick saw, as plain JSON: the deciding half works on nothing else, and the journal records it to replay it. Made by
 * agent/sampler and agent/model.
 */
export interface Snapshot {
  /** Milliseconds since the epoch. */
  atMs: number;
  /** Milliseconds that never go back; only differences mean something, and only within one agent's life. */
  monotonicMs: number;
  node: NodeSnapshot;
  /** Those that run. */
  containers: ContainerSnapshot[];
}

export interface NodeSnapshot {
  /** `node.…` of agent/policy/signals.ts. */
  signals: Signals;
  memTotalBytes: number;
  /** CPUs that are online. */
  cpus: number;
  /** Cores that were busy since the tick before; absent at the first. */
  busyCores?: number;
}

export interface ContainerSnapshot {
  id: string;
  name: string;
  image: string;
  labels: Record<string, string>;
  runtime: string;
  /** Path of its cgroup below the hierarchies' mounts. */
  cgroup: string;
  /** The kernel says so, whoever did it. */
  frozen: boolean;
  /** Somebody asked it to stop, or to start anew. */
  ending: boolean;
  /** Limits that are wanted by path (`memory.max` → bytes or `max`, `cpu.max` → cores or `max` …), as agent/containers/limit-fields.ts names them. */
  limits: Record<string, number | string | boolean>;
  /** What they would be if policies that observe were in force; absent: the same. */
  wouldBe?: Record<string, number | string | boolean>;
  /** agent/policy/signals.ts's vocabulary → value in its unit; absent: this host or moment has none (rates: at the first tick). */
  signals: Signals;
  memory: MemorySnapshot;
}

/** What ranking and senpai need that is no signal. Absent: this host has no such figure. */
export interface MemorySnapshot {
  currentBytes?: number;
  /** Protection asked for. */
  minBytes?: number;
  lowBytes?: number;
  swapBytes?: number;
  /** What no reclaim can free: kernel memory, mlocked, and anonymous memory where there is no swap. */
  unreclaimableBytes?: number;
  /** `total=` of memory.pressure's `some` line. */
  someTotalUsec?: number;
  /** Pages that reclaim looked at, since the cgroup was made. */
  pgscan?: number;
  oomGroup?: boolean;
}

export type Signals = Partial<Record<string, number>>;
