import { isDeepStrictEqual } from 'node:util';
import type { GovernedLimits } from '#agent/containers/governed.js';
import { slicesOf } from '#agent/containers/limit-fields.js';
import type { LimitLayer } from '#agent/containers/limits-merge.js';
import type { Condition } from '#agent/contract/container.js';
import type { ForeignRecord } from '#agent/store/foreign-record.js';
import { readLimits } from '#runtime/cgroup/read-limits.js';
import { type ForeignPlaces, inodeOf } from './foreign-places.js';
import { type FoundFile, lookAtFiles, putFilesBack, seenSince } from './found-files.js';
import { addFound, foundInWords, foundSince, isFound, isStillSet, stillFound } from './found-limits.js';

/** Where records of it go. */
export interface StandingHost {
  bootId: string;
  /** On disk before it returns. */
  write(record: ForeignRecord): void;
  remove(record: Called): void;
}

type Called = Pick<ForeignRecord, 'runtime' | 'id'>;

const NOTHING: GovernedLimits = { run: {}, override: {} };

/** What of us is in force on somebody else's container, and what was found there before, in memory and on record. */
export class ForeignStanding {
  conditions: Condition[] = [];
  readonly #host: StandingHost;
  readonly #of: Called & { readonly name: string };
  readonly #places: ForeignPlaces;
  #limits = NOTHING;
  #files: readonly FoundFile[] = [];
  #thawAtMs: number | null = null;
  #thawForMs: number | undefined;
  #recorded: ForeignRecord['cgroup'] | undefined;

  constructor(host: StandingHost, of: Called & { readonly name: string }, places: ForeignPlaces) {
    this.#host = host;
    this.#of = of;
    this.#places = places;
  }

  get limits(): GovernedLimits {
    return this.#limits;
  }

  get thawAtMs(): number | null {
    return this.#thawAtMs;
  }

  get thawForMs(): number | undefined {
    return this.#thawForMs;
  }

  /** Whether anything of us is in force, or was found. */
  get touched(): boolean {
    const { run, policies = [], rules = [], override } = this.#limits;
    const some = policies.length > 0 || rules.length > 0 || [run, override].some((limits) => Object.keys(limits).length > 0);
    return some || this.#thawAtMs !== null;
  }

  /** Another cgroup has taken its place unseen; what is in force, and was found, is of the one before. */
  get replaced(): boolean {
    return this.#recorded !== undefined && inodeOf(this.#recorded.dir) !== this.#recorded.inode;
  }

  setLimits(limits: GovernedLimits): void {
    const run = stillFound(limits.run, layersOf(limits));
    const before = { limits: this.#limits, files: this.#files };
    this.#limits = { ...limits, run };
    this.#files = this.#files.filter(({ field }) => isStillSet(field, layersOf(limits)));
    try {
      this.#save();
    } catch (error) {
      // What is not on disk was not said.
      this.#limits = before.limits;
      this.#files = before.files;
      throw error;
    }
  }

  setThawAt(thawAtMs: number | null, forMs: number | undefined): void {
    const before = { at: this.#thawAtMs, for: this.#thawForMs };
    this.#thawAtMs = thawAtMs;
    this.#thawForMs = forMs;
    try {
      this.#save();
    } catch (error) {
      this.#thawAtMs = before.at;
      this.#thawForMs = before.for;
      throw error;
    }
  }

  /** `limits` with what stands at these paths, as found or as the kernel says now; nothing is noted. */
  limitsWithFound(paths: readonly string[]): GovernedLimits {
    const { cgroup } = this.#places;
    const read = paths.length === 0 || cgroup === undefined ? undefined : readLimits(cgroup, slicesOf(paths));
    return read === undefined ? this.#limits : { ...this.#limits, run: foundInWords(this.#limits.run, paths, read) };
  }

  /** What the kernel says now of limits at these paths that nobody of us set before, and whether it says any; on disk with the next setLimits. */
  rememberFound(paths: readonly string[]): boolean {
    const { cgroup } = this.#places;
    const fresh = paths.filter((path) => path === 'state' || !isFound(this.#limits.run, path));
    const read = fresh.length === 0 || cgroup === undefined ? undefined : readLimits(cgroup, slicesOf(fresh));
    if (cgroup === undefined || read === undefined) return false;
    const run = addFound(this.#limits.run, fresh, read);
    const noted = new Set(this.#files.map(({ field }) => field));
    const files = lookAtFiles(
      cgroup,
      fresh.filter((field) => !noted.has(field)),
    );
    if (files.length === 0 && isDeepStrictEqual(run, this.#limits.run)) return false;
    this.#limits = { ...this.#limits, run };
    this.#files = [...this.#files, ...files];
    return true;
  }

  /** The files found say that again, of fields that `next` sets no more. */
  async restoreFound(next: GovernedLimits): Promise<void> {
    const { cgroup } = this.#places;
    const over = this.#files.filter(({ field }) => !isStillSet(field, layersOf(next)));
    if (cgroup !== undefined && over.length > 0) await putFilesBack(cgroup, over);
  }

  /** What others than us have written by now, where `inForce` is what we made of it, counts as found. */
  refind(inForce: Map<string, string | number | boolean>): void {
    const { cgroup } = this.#places;
    const read = cgroup === undefined ? undefined : readLimits(cgroup);
    if (cgroup === undefined || read === undefined) return;
    const { run, written } = foundSince(this.#limits.run, inForce, read);
    if (written.length === 0) return;
    this.#limits = { ...this.#limits, run };
    this.#files = seenSince(cgroup, this.#files, written, inForce);
    this.#save();
  }

  /** Whether a record is about this very cgroup. */
  isOf({ cgroup }: ForeignRecord): boolean {
    return cgroup.bootId === this.#host.bootId && inodeOf(cgroup.dir) === cgroup.inode;
  }

  /** Goes on as an earlier agent left it. */
  adopt(record: ForeignRecord): void {
    this.#limits = record.limits;
    this.#files = record.files ?? [];
    this.conditions = record.conditions;
    this.#thawAtMs = record.thawAtMs;
    this.#thawForMs = record.thawForMs;
    this.#recorded = record.cgroup;
    if (record.runtime === this.#of.runtime && record.id === this.#of.id) return;
    // It was on record as a plain cgroup.
    this.#save();
    this.#host.remove(record);
  }

  /** Takes what was in force on the plain cgroup that it turned out to be. */
  takeOver(plain: ForeignStanding): void {
    if (!plain.touched) return;
    this.#limits = plain.#limits;
    this.#files = plain.#files;
    this.conditions = plain.conditions;
    this.#thawAtMs = plain.#thawAtMs;
    this.#thawForMs = plain.#thawForMs;
    this.#recorded = plain.#recorded;
    this.#save();
    this.#host.remove(plain.#of);
  }

  #save(): void {
    // Its record went with it, and may be one of its successor's by now.
    if (this.#places.all.size === 0) return;
    const { runtime, id, name } = this.#of;
    if (!this.touched) {
      if (this.#recorded !== undefined) this.#host.remove({ runtime, id });
      this.#recorded = undefined;
      return;
    }
    this.#recorded ??= this.#identity();
    if (this.#recorded === undefined) return;
    this.#host.write({
      version: 1,
      runtime,
      id,
      name,
      cgroup: this.#recorded,
      limits: this.#limits,
      ...(this.#files.length > 0 && { files: [...this.#files] }),
      conditions: this.conditions,
      thawAtMs: this.#thawAtMs,
      ...(this.#thawForMs !== undefined && { thawForMs: this.#thawForMs }),
    });
  }

  #identity(): ForeignRecord['cgroup'] | undefined {
    const found = this.#places.identity();
    return found === undefined ? undefined : { bootId: this.#host.bootId, ...found };
  }
}

function layersOf({ policies = [], rules = [], override }: GovernedLimits): LimitLayer[] {
  return [...policies, ...rules, { source: 'override', limits: override }];
}
