import type { CgroupSample } from '#agent/model/sample.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import type { FileOwner } from '#runtime/cgroup/controller.js';

/**
 * When a file is read: each `tick`; `busy`: while the cgroup's processes do something, then as `slow`; `slow`: it costs the kernel more, so every
 * few ticks, or each tick while a signal of it is needed; `asked`: only then, or in a sample that asks for everything.
 */
export type Pace = 'tick' | 'busy' | 'slow' | 'asked';

/** One interface file of every cgroup, and what of a sample it has. */
export interface Collector {
  readonly owner: FileOwner;
  readonly file: string;
  readonly pace: Pace;
  /** As long as it says the same, no process of the cgroup used the CPU. One of all collectors, the first. */
  readonly pulse?: true;
  /** Signals (agent/policy/signals.ts) that cannot be told without it. */
  readonly signals: readonly string[];
  /** Whether there is still something for it to say; absent: always. */
  wanted?(sample: CgroupSample): boolean;
  /** Puts what the file says into the sample: what `bytes` has from `start` to `end`, no view of it, for that is garbage; it is overwritten later. */
  parse(bytes: Buffer, start: number, end: number, into: CgroupSample): void;
  /** Takes back what an earlier sample left in this object where the file says nothing now; absent: nothing is left. */
  absent?(into: CgroupSample): void;
}

/** Makes the collectors of one controller for a host; none where it has no such files. */
export type CollectorsOf = (host: CgroupHost) => Collector[];
