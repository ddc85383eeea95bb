import type { ContainerStatus, ContainerView } from '#agent/contract/container.js';
import type { Figures } from '#agent/metrics/figures.js';
import type { Health } from '#agent/metrics/read/health.js';
import type { InterfaceCounters } from '#agent/metrics/read/net-dev.js';
import type { ProcessFigures } from '#agent/metrics/read/process-figures.js';

/** What series are made of: the node's root (`id="/"`, no container), a container, or one that is gone and still told of. */
export interface Subject {
  /** `id="…",name="…",image="…"` and the allowed container labels, the same in every series. */
  labels: string;
  /** undefined: the root. */
  container: SubjectFacts | undefined;
  /** It runs, or is the root: gauges are of now. Else only counters stand, as they last were. */
  live: boolean;
  figures: Figures | undefined;
  /** It runs, and its cgroup could not be read. */
  failed: boolean;
  limits: ContainerView['limits'];
  /** What v1's cpu.shares says. */
  cpuShares: number | undefined;
  network: readonly InterfaceCounters[];
  processes: number | undefined;
  /** Only where the profile `full` is asked for. */
  details: ProcessFigures | undefined;
  /** undefined: it does not run, or is the root. */
  health: Health | undefined;
  /** Its writable layer; undefined: it has none, or nobody looked yet. */
  layer: { device: string; bytes: number } | undefined;
  /** Seconds since the epoch, undefined: never started. */
  startedAtSec: number | undefined;
  /** OOM kills, kept after its end. */
  oomKills: number | undefined;
  nowSec: number;
  /** `8:0` → `/dev/sda`. */
  deviceName(device: string): string;
}

export interface SubjectFacts {
  id: string;
  name: string;
  runtime: string;
  status: ContainerStatus;
  exitCode: number | null;
  restartCount: number;
  policies: readonly string[];
  conditions: readonly { type: string; reason: string }[];
}
