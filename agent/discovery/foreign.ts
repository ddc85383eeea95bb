import { statSync } from 'node:fs';
import { isFrozen } from '#agent/containers/frozen.js';
import type { Governed, GovernedLimits } from '#agent/containers/governed.js';
import { slicesOf } from '#agent/containers/limit-fields.js';
import type { LimitLayer } from '#agent/containers/limits-merge.js';
import { SerialQueue } from '#agent/containers/serial-queue.js';
import type { Condition, EventView } from '#agent/contract/container.js';
import type { PolicySubject } from '#agent/policy/match.js';
import type { ForeignRecord } from '#agent/store/foreign-record.js';
import { type CgroupHost, cgroupDir, type Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import { type CgroupSet, oomKillCounter } from '#runtime/cgroup/cgroup-set.js';
import { procsBelow, procsIn } from '#runtime/cgroup/procs.js';
import { readLimits } from '#runtime/cgroup/read-limits.js';
import { firstProcess } from './first-process.js';
import { type FoundFile, lookAtFiles, putFilesBack, seenSince } from './found-files.js';
import { addFound, foundSince, isFound, isStillSet, stillFound } from './found-limits.js';
import { readText } from './read-files.js';
import type { Facts, RuntimeKnowledge } from './runtime.js';

/** What a foreign container needs of the agent. */
export interface ForeignHost {
  cgroups: CgroupHost;
  procRoot: string;
  bootId: string;
  clock: { nowMs(): number };
  /** On disk before it returns. */
  write(record: ForeignRecord): void;
  remove(record: Pick<ForeignRecord, 'runtime' | 'id'>): void;
}

const NOTHING: GovernedLimits = { run: {}, override: {} };
/** So long after its cgroup appeared what others write there is its runtime setting it up. */
const SETTING_UP_MS = 1000;

/** A container of another runtime, or a plain cgroup: found, never made, and never removed by us. */
export class Foreign implements Governed {
  readonly knowledge: RuntimeKnowledge;
  readonly foreign = true;
  readonly id: string;
  readonly queue = new SerialQueue();
  /** When its first cgroup was seen; 0: it was there before us. */
  appearedAtMs: number;
  facts: Facts | undefined;
  /** Of a plain cgroup: a policy's match names it. */
  claimed = false;
  conditions: Condition[] = [];
  cancelThaw: (() => void) | undefined;
  lastSample: { usageUsec: number; atMs: number } | undefined;
  inForce: Map<string, string | number | boolean> | undefined;
  observed: LimitLayer[] | undefined;
  policyFailure: Condition | undefined;
  reassertFailure: string | undefined;
  readonly #host: ForeignHost;
  readonly #places = new Map<Hierarchy, string>();
  #cgroup: CgroupSet | undefined;
  #path: string;
  #limits = NOTHING;
  #files: readonly FoundFile[] = [];
  #oomKillsSeen: number | undefined;
  #thawAtMs: number | null = null;
  #thawForMs: number | undefined;
  #recorded: ForeignRecord['cgroup'] | undefined;

  constructor(host: ForeignHost, knowledge: RuntimeKnowledge, id: string) {
    this.#host = host;
    this.knowledge = knowledge;
    this.id = id;
    this.#path = id;
    this.appearedAtMs = host.clock.nowMs();
  }

  get runtime(): RuntimeKnowledge['runtime'] {
    return this.knowledge.runtime;
  }

  get name(): string {
    return this.facts?.name ?? (/^[0-9a-f]{64}$/.test(this.id) ? this.id.slice(0, 12) : this.id);
  }

  /** Where it is in each hierarchy. */
  get places(): ReadonlyMap<Hierarchy, string> {
    return this.#places;
  }

  /** Its path in the v2 tree, or else in the first hierarchy it is in. */
  get path(): string {
    return this.#path;
  }

  /** Seen in a hierarchy, or (undefined) gone from it. */
  place(hierarchy: Hierarchy, path: string | undefined): void {
    if (path === undefined) this.#places.delete(hierarchy);
    else this.#places.set(hierarchy, path);
    this.#path = this.#first()?.[1] ?? this.#path;
    this.#cgroup = undefined;
    // What was said of it did not reach that hierarchy.
    this.inForce = undefined;
  }

  get cgroup(): CgroupSet | undefined {
    if (this.#places.size === 0) return undefined;
    this.#cgroup ??= { host: this.#host.cgroups, path: this.path, places: new Map(this.#places), conditions: [] };
    return this.#cgroup;
  }

  get running(): boolean {
    return this.#places.size > 0;
  }

  get frozen(): boolean {
    return this.cgroup !== undefined && isFrozen(this.cgroup);
  }

  /** Looked for in one hierarchy: a thousand containers in nine would be nine thousand files. */
  get pid(): number | undefined {
    const dir = this.#dir();
    if (dir === undefined) return undefined;
    // What is below a plain cgroup is not its own.
    return firstProcess(this.#host.procRoot, this.runtime === 'other' ? procsIn(dir) : procsBelow(dir));
  }

  get ending(): boolean {
    return false;
  }

  get leaving(): boolean {
    return this.#places.size === 0;
  }

  subject(): NonNullable<EventView['container']> {
    return { id: this.id, name: this.name, image: this.facts?.image ?? '', runtime: this.runtime };
  }

  policySubject(): PolicySubject {
    const { image = '', labels = {} } = this.facts ?? {};
    return { name: this.name, image, labels, runtime: this.runtime, cgroup: this.path };
  }

  get limits(): GovernedLimits {
    return this.#limits;
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

  rememberFound(paths: readonly string[]): void {
    const fresh = paths.filter((path) => path === 'state' || !isFound(this.#limits.run, path));
    const read = fresh.length === 0 || this.cgroup === undefined ? undefined : readLimits(this.cgroup, slicesOf(fresh));
    if (read === undefined) return;
    this.#limits = { ...this.#limits, run: addFound(this.#limits.run, fresh, read) };
    const noted = new Set(this.#files.map(({ field }) => field));
    this.#files = [
      ...this.#files,
      ...lookAtFiles(
        this.cgroup!,
        fresh.filter((field) => !noted.has(field)),
      ),
    ];
  }

  async restoreFound(next: GovernedLimits): Promise<void> {
    const { cgroup } = this;
    const over = this.#files.filter(({ field }) => !isStillSet(field, layersOf(next)));
    if (cgroup !== undefined && over.length > 0) await putFilesBack(cgroup, over);
  }

  noteDrift(): void {
    const { inForce, cgroup } = this;
    const young = this.#host.clock.nowMs() - this.appearedAtMs <= SETTING_UP_MS;
    const read = young && inForce !== undefined && cgroup !== undefined ? readLimits(cgroup) : undefined;
    if (read === undefined) return;
    const { run, written } = foundSince(this.#limits.run, inForce!, read);
    if (written.length === 0) return;
    this.#limits = { ...this.#limits, run };
    this.#files = seenSince(cgroup!, this.#files, written, inForce!);
    this.#save();
  }

  /** Those from before it was looked at first are nobody's news. */
  get oomKillsSeen(): number {
    this.#oomKillsSeen ??= this.cgroup === undefined ? 0 : oomKills(this.cgroup);
    return this.#oomKillsSeen;
  }

  set oomKillsSeen(kills: number) {
    this.#oomKillsSeen = kills;
  }

  get thawAtMs(): number | null {
    return this.#thawAtMs;
  }

  get thawForMs(): number | undefined {
    return this.#thawForMs;
  }

  setThawAt(thawAtMs: number | null, forMs?: number): void {
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

  /** Whether anything of us is in force on it, or was found. */
  get touched(): boolean {
    const { run, policies = [], rules = [], override } = this.#limits;
    const some = policies.length > 0 || rules.length > 0 || [run, override].some((limits) => Object.keys(limits).length > 0);
    return some || this.#thawAtMs !== null;
  }

  /** Whether a record is about this very cgroup. */
  isOf({ cgroup }: ForeignRecord): boolean {
    return cgroup.bootId === this.#host.bootId && inodeOf(cgroup.dir) === cgroup.inode;
  }

  /** Another cgroup has taken its place unseen; what is in force on it, and was found, is of the one before. */
  get replaced(): boolean {
    return this.#recorded !== undefined && inodeOf(this.#recorded.dir) !== this.#recorded.inode;
  }

  /** Goes on as an earlier agent left it. */
  adopt(record: ForeignRecord): void {
    this.#limits = record.limits;
    this.#files = record.files ?? [];
    this.conditions = record.conditions;
    this.#thawAtMs = record.thawAtMs;
    this.#thawForMs = record.thawForMs;
    this.#recorded = record.cgroup;
    if (record.runtime === this.runtime && record.id === this.id) return;
    // It was on record as a plain cgroup.
    this.#save();
    this.#host.remove(record);
  }

  /** Takes what was in force on the plain cgroup that it turned out to be. */
  takeOver(plain: Foreign): void {
    if (!plain.touched) return;
    this.#limits = plain.#limits;
    this.#files = plain.#files;
    this.conditions = plain.conditions;
    this.#thawAtMs = plain.#thawAtMs;
    this.#thawForMs = plain.#thawForMs;
    this.#recorded = plain.#recorded;
    this.#save();
    this.#host.remove(plain);
  }

  #save(): void {
    // Its record went with it, and may be one of its successor's by now.
    if (this.leaving) return;
    if (!this.touched) {
      if (this.#recorded !== undefined) this.#host.remove(this);
      this.#recorded = undefined;
      return;
    }
    this.#recorded ??= this.#identity();
    if (this.#recorded === undefined) return;
    this.#host.write({
      version: 1,
      runtime: this.runtime,
      id: this.id,
      name: this.name,
      cgroup: this.#recorded,
      limits: this.#limits,
      ...(this.#files.length > 0 && { files: [...this.#files] }),
      conditions: this.conditions,
      thawAtMs: this.#thawAtMs,
      ...(this.#thawForMs !== undefined && { thawForMs: this.#thawForMs }),
    });
  }

  /** Its place in the v2 tree, or else in the first hierarchy it is in. */
  #first(): readonly [Hierarchy, string] | undefined {
    const { unified, hierarchies } = this.#host.cgroups;
    for (const hierarchy of unified === undefined ? hierarchies : [unified, ...hierarchies]) {
      const path = this.#places.get(hierarchy);
      if (path !== undefined) return [hierarchy, path];
    }
    return undefined;
  }

  #dir(): string | undefined {
    const first = this.#first();
    return first === undefined ? undefined : cgroupDir(...first);
  }

  /** A cgroup's inode number is never used twice between two boots. */
  #identity(): ForeignRecord['cgroup'] | undefined {
    for (const [hierarchy, path] of this.#places) {
      const dir = cgroupDir(hierarchy, path);
      const inode = inodeOf(dir);
      if (inode !== undefined) return { bootId: this.#host.bootId, dir, inode };
    }
    return undefined;
  }
}

function layersOf({ policies = [], rules = [], override }: GovernedLimits): LimitLayer[] {
  return [...policies, ...rules, { source: 'override', limits: override }];
}

function oomKills(cgroup: CgroupSet): number {
  const counter = oomKillCounter(cgroup);
  const line = counter && (readText(counter.file) ?? '').split('\n').find((each) => each.startsWith(`${counter.key} `));
  return line === undefined ? 0 : Number(line.split(' ')[1]);
}

function inodeOf(dir: string): string | undefined {
  return statSync(dir, { bigint: true, throwIfNoEntry: false })?.ino.toString();
}
