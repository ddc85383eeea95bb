import type { CgroupSample } from '#agent/model/sample.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import type { FileOwner } from '#runtime/cgroup/controller.js';

/**
 * When a file is read: each `tick`; `slow`: it costs the kernel more, so every few ticks, or each tick while a signal of it is needed;
 * `asked`: only then, or in a sample that asks for everything.
 */
export type Pace = 'tick' | 'slow' | 'asked';

/** One interface file of every cgroup, and what of a sample it has. */
export interface Collector {
  readonly owner: FileOwner;
  readonly file: string;
  readonly pace: Pace;
  /** Signals (agent/policy/signals.ts) that cannot be told without it. */
  readonly signals: readonly string[];
  /** Whether there is still something for it to say; absent: always. */
  wanted?(sample: CgroupSample): boolean;
  /** Puts what the file says into the sample. `bytes` is overwritten by the next read. */
  parse(bytes: Buffer, into: CgroupSample): void;
  /** Takes back what an earlier sample left in this object where the file says nothing now; absent: nothing is left. */
  absent?(into: CgroupSample): void;
}

/** Makes the collectors of one controller for a host; none where it has no such files. */
export type CollectorsOf = (host: CgroupHost) => Collector[];
