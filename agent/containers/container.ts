import type { Condition, EventView } from '#agent/contract/container.js';
import type { PolicySubject } from '#agent/policy/match.js';
import type { ContainerRecord } from '#agent/store/container-record.js';
import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import type { OciConfig } from '#runtime/spec/oci.js';
import { isFrozen } from './frozen.js';
import type { Governed, GovernedLimits } from './governed.js';
import type { LimitLayer } from './limits-merge.js';
import { policySubject } from './policy-limits.js';
import type { Run } from './run.js';
import { SerialQueue } from './serial-queue.js';
import { WaitList } from './wait-list.js';
import type { WaitingSession } from './waiting-session.js';

export interface CachedSpec {
  spec: OciConfig;
  version: string;
}

/** A container in memory: its record (what is on disk), the run that is on, and who waits for what. */
export class Container implements Governed {
  readonly id: string;
  /** What must not overlap runs here, one after the other. */
  readonly queue = new SerialQueue();
  record: ContainerRecord;
  /** The record in memory is newer than the one on disk. */
  unsaved = false;
  /** The launched process, from before its command runs until its end is known. */
  run: Run | undefined;
  /** Attached before it runs. */
  readonly waiting = new Set<WaitingSession>();
  readonly exits = new WaitList<{ exitCode: number }>();
  readonly removals = new WaitList<{ exitCode: number }>();
  /** Set once somebody removes it. */
  removal: Promise<void> | undefined;
  /** A person restarts it: `--rm` does not mean this end. */
  restarting = false;
  /** Its files are (being) removed: nothing may be written any more. */
  gone = false;
  cancelRestart: (() => void) | undefined;
  cancelThaw: (() => void) | undefined;
  tellThaw: (() => void) | undefined;
  /** The previous sample, for rates. */
  lastSample: { usageUsec: number; atMs: number } | undefined;
  oomKillsSeen = 0;
  /** What the kernel made of the limits last written, by path; undefined: not known. */
  inForce: Map<string, string | number | boolean> | undefined;
  /** What policies that observe would change, as last told. */
  observed: LimitLayer[] | undefined;
  /** Why policies are not in force. */
  policyFailure: Condition | undefined;
  /** Why limits could not be put back, as last told. */
  reassertFailure: string | undefined;
  /** config.json as last read or written, with what tells whether the file is still that one. */
  spec: CachedSpec | undefined;
  /** Its config.json has poststop hooks. */
  hasPoststop = false;
  readonly #listeners = new Set<() => void>();
  readonly #write: (record: ContainerRecord) => void;

  /** `write` puts its record on disk. */
  constructor(record: ContainerRecord, write: (record: ContainerRecord) => void) {
    this.id = record.id;
    this.record = record;
    this.#write = write;
  }

  /** Writes the record as it stands in memory; what was answered to anyone must be on disk before. One that is removed has none. */
  save(): void {
    if (this.gone) return;
    this.#write(this.record);
    this.unsaved = false;
  }

  get name(): string {
    return this.record.name;
  }

  get limits(): GovernedLimits {
    return this.record.limits;
  }

  setLimits(limits: GovernedLimits): void {
    this.#change({ limits });
  }

  readonly foreign = false;

  /** What `run` asked is what is found. */
  limitsWithFound(): GovernedLimits {
    return this.limits;
  }

  rememberFound(): boolean {
    return false;
  }

  async restoreFound(): Promise<void> {}

  noteDrift(): void {}

  get conditions(): Condition[] {
    return this.record.conditions;
  }

  set conditions(conditions: Condition[]) {
    this.record.conditions = conditions;
  }

  get cgroup(): CgroupSet | undefined {
    return this.run?.cgroup;
  }

  get pid(): number | undefined {
    return this.run?.process.pid;
  }

  get ending(): boolean {
    return this.record.stopped || this.restarting;
  }

  get leaving(): boolean {
    return this.removal !== undefined;
  }

  get thawAtMs(): number | null {
    return this.record.thawAtMs;
  }

  get thawForMs(): number | undefined {
    return this.record.thawForMs;
  }

  setThawAt(thawAtMs: number | null, forMs?: number): void {
    this.#change({ thawAtMs, thawForMs: forMs });
  }

  /** What could not be put on disk was not said. */
  #change(change: Partial<Pick<ContainerRecord, 'limits' | 'thawAtMs'>> & { thawForMs?: number | undefined }): void {
    const { limits, thawAtMs, thawForMs } = this.record;
    Object.assign(this.record, change);
    try {
      this.save();
    } catch (error) {
      Object.assign(this.record, { limits, thawAtMs, thawForMs });
      throw error;
    }
  }

  /** Its command runs (or is frozen). */
  get running(): boolean {
    return this.record.state.phase === 'running' && this.run !== undefined;
  }

  /** Running and stopped by the freezer, by whomever. Asks the kernel. */
  get frozen(): boolean {
    return this.running && this.run !== undefined && isFrozen(this.run.cgroup);
  }

  /** The exit code of the last run for those who wait; 0 when there was none. */
  get exitCode(): number {
    return this.record.state.exitCode ?? 0;
  }

  subject(): NonNullable<EventView['container']> {
    return { id: this.id, name: this.record.name, image: this.record.image, runtime: 'tsgov' };
  }

  policySubject(): PolicySubject {
    return policySubject(this.record);
  }

  /** Calls back when its run ended, or it was removed, or a restart came or was dropped; answers how to stop that. */
  onChange(callback: () => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
