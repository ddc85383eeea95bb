import type { ContainerStatus } from '#agent/contract/container.js';

/** One container as the overview shows it; texts are as they came, made safe where they are drawn. */
export interface Row {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly runtime: string;
  readonly status: ContainerStatus;
  readonly policies: readonly string[];
  /** Absent: not known, of a recorded moment. */
  readonly restarts?: number;
  /** Times somebody else's change of a limit was put back. */
  readonly drifts?: number;
  readonly figures: Figures;
}

/** What one container uses now. Absent: it does not run, the host has no such figure, or (rates) it was seen once only. */
export interface Figures {
  readonly cpuCores?: number;
  /** cpu.max in cores; absent: no limit. */
  readonly cpuMaxCores?: number;
  /** Periods of the quota in which it ran out. */
  readonly throttledPercent?: number;
  readonly memoryBytes?: number;
  readonly memoryMaxBytes?: number;
  readonly memoryHighBytes?: number;
  readonly swapBytes?: number;
  /** PSI avg10, percent. */
  readonly cpuSome?: number;
  readonly cpuFull?: number;
  readonly memorySome?: number;
  readonly memoryFull?: number;
  readonly ioSome?: number;
  readonly ioFull?: number;
  /** Bytes a second. */
  readonly readBps?: number;
  readonly writeBps?: number;
  readonly receiveBps?: number;
  readonly transmitBps?: number;
  readonly pids?: number;
  readonly pidsMax?: number;
}

/** The node as the lines at the top show it. */
export interface NodeFigures {
  readonly hostname: string;
  readonly cpus: number;
  /** Busy share of each CPU, percent. Empty: not known (yet). */
  readonly coresPercent: readonly number[];
  /** Cores that are busy in all. */
  readonly busyCores?: number;
  readonly memoryTotalBytes: number;
  readonly memoryUsedBytes?: number;
  /** Absent: not known, of a recorded moment. */
  readonly swapTotalBytes?: number;
  readonly swapUsedBytes?: number;
  /** PSI avg10, percent. */
  readonly cpuSome?: number;
  readonly memorySome?: number;
  readonly memoryFull?: number;
  readonly ioSome?: number;
  readonly ioFull?: number;
  /** 1, 5 and 15 minutes. */
  readonly load?: readonly [number, number, number];
}
