import type { ContainerView, StatsView } from '#agent/contract/container.js';
import type { LimitsView } from '#agent/contract/limits.js';

/** What series are made of: a container, or the node's root (`id="/"`, no view). */
export interface Subject {
  /** `id="…",name="…",image="…"` and the allowed container labels, the same in every series. */
  labels: string;
  view: ContainerView | undefined;
  /** undefined: it does not run. */
  stats: StatsView | undefined;
  /** It runs, and its cgroup could not be read. */
  failed: boolean;
  limits: LimitsView;
  processes: number | undefined;
  /** Seconds since the epoch, undefined: never started. */
  startedAtSec: number | undefined;
  /** OOM kills, kept after its end. */
  oomKills: number | undefined;
  nowSec: number;
  /** `8:0` → `/dev/sda`. */
  deviceName(device: string): string;
}
