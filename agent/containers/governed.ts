import type { Condition, EventView } from '#agent/contract/container.js';
import type { PolicySubject } from '#agent/policy/match.js';
import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import type { LimitLayer } from './limits-merge.js';
import type { SerialQueue } from './serial-queue.js';

/** What is said of a container's limits, and by whom; each list weakest first. Later ones win, field by field. */
export interface GovernedLimits {
  /** What `run` asked; of a container that is not ours, what stood in the kernel's files before we first set a field, of those fields only. */
  run: Limits;
  policies?: LimitLayer[];
  /** What rules of policies hold now: `rule/POLICY/RULE`. Schedules are among the policies: `schedule/POLICY`. */
  rules?: LimitLayer[];
  /** What was recorded by `limit`. */
  override: Limits;
}

/** What is kept within its limits: a container of ours, or somebody else's. */
export interface Governed {
  /** Ours: 64 hex digits; others: their runtime's own id. */
  readonly id: string;
  readonly name: string;
  /** What must not overlap runs here, one after the other. */
  readonly queue: SerialQueue;
  subject(): NonNullable<EventView['container']>;
  policySubject(): PolicySubject;
  readonly limits: GovernedLimits;
  /** On disk before it returns, and `conditions` with it. */
  setLimits(limits: GovernedLimits): void;
  /**
   * `limits` as they are told: of one that is not ours `run` has what stands where these limits (paths) are not set, before it is noted too, each in the
   * words it is set in. Changes nothing.
   */
  limitsWithFound(paths: readonly string[]): GovernedLimits;
  /**
   * These limits (paths as limit-fields.ts names them) are about to be set. One that is not ours notes what stands now of those that
   * nobody of us set before; on disk with the next setLimits, which must come before they are written. What nobody sets any more that
   * forgets again. Whether there was anything to note.
   */
  rememberFound(paths: readonly string[]): boolean;
  /** The files that tell what was found more exactly than limits do say that again, of fields that `next` sets no more; before setLimits. */
  restoreFound(next: GovernedLimits): Promise<void>;
  /** Somebody else made it: `limits.run` is what was found, not what was asked of us. */
  readonly foreign: boolean;
  /** Somebody else may have written limits; of one that just appeared that is its runtime setting it up, and so what is found. */
  noteDrift(): void;
  /** What an operator should know of it, limits that the host cannot carry among it. */
  conditions: Condition[];
  /** undefined: it does not run. */
  readonly cgroup: CgroupSet | undefined;
  /** Its command runs, or is frozen. */
  readonly running: boolean;
  /** Running and stopped by the freezer, by whomever. Asks the kernel. */
  readonly frozen: boolean;
  /** Its first process; undefined: it does not run, or nobody knows. */
  readonly pid: number | undefined;
  /** Somebody asked it to stop, or to start anew: it must not be frozen on its way. */
  readonly ending: boolean;
  /** It is being removed, or its cgroup is gone: nothing may be changed any more. */
  readonly leaving: boolean;
  /** When a freeze with a deadline ends; null: none. */
  readonly thawAtMs: number | null;
  /** How long that freeze was to be; undefined: not known. */
  readonly thawForMs: number | undefined;
  /** On disk before it returns. */
  setThawAt(thawAtMs: number | null, forMs?: number): void;
  cancelThaw: (() => void) | undefined;
  /** Tells that a freeze ended as its time was over; undefined: the agent does. */
  tellThaw: (() => void) | undefined;
  /** The previous sample, for rates. */
  lastSample: { usageUsec: number; atMs: number } | undefined;
  oomKillsSeen: number;
  /** What the kernel made of the limits last written, by path; undefined: not known. */
  inForce: Map<string, string | number | boolean> | undefined;
  /** What would be in force of policies if those that observe were too, as last told; undefined: the same as is. */
  observed: LimitLayer[] | undefined;
  /** Why policies are not in force. */
  policyFailure: Condition | undefined;
  /** Why limits could not be put back, as last told. */
  reassertFailure: string | undefined;
}
