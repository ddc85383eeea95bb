import { isFrozen } from '#agent/containers/frozen.js';
import type { Governed, GovernedLimits } from '#agent/containers/governed.js';
import type { LimitLayer } from '#agent/containers/limits-merge.js';
import { SerialQueue } from '#agent/containers/serial-queue.js';
import type { Condition, EventView } from '#agent/contract/container.js';
import type { PolicySubject } from '#agent/policy/match.js';
import type { ForeignRecord } from '#agent/store/foreign-record.js';
import type { CgroupHost, Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import { type CgroupSet, oomKillCounter } from '#runtime/cgroup/cgroup-set.js';
import { procsBelow, procsIn } from '#runtime/cgroup/procs.js';
import { firstProcess } from './first-process.js';
import { ForeignPlaces } from './foreign-places.js';
import { ForeignStanding, type StandingHost } from './foreign-standing.js';
import { readText } from './read-files.js';
import type { Facts, RuntimeKnowledge } from './runtime.js';

/** What a foreign container needs of the agent. */
export interface ForeignHost extends StandingHost {
  cgroups: CgroupHost;
  procRoot: string;
  clock: { nowMs(): number };
}

/** So long after its cgroup appeared what others write there is its runtime setting it up. */
const SETTING_UP_MS = 1000;
/** The same each time: by that it is known that a container did not change. */
const NO_LABELS: Readonly<Record<string, string>> = {};

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
  cancelThaw: (() => void) | undefined;
  tellThaw: (() => void) | undefined;
  lastSample: { usageUsec: number; atMs: number } | undefined;
  inForce: Map<string, string | number | boolean> | undefined;
  observed: LimitLayer[] | undefined;
  policyFailure: Condition | undefined;
  reassertFailure: string | undefined;
  readonly #host: ForeignHost;
  readonly #places: ForeignPlaces;
  readonly #standing: ForeignStanding;
  #oomKillsSeen: number | undefined;

  constructor(host: ForeignHost, knowledge: RuntimeKnowledge, id: string) {
    this.#host = host;
    this.knowledge = knowledge;
    this.id = id;
    this.#places = new ForeignPlaces(host.cgroups, id);
    this.#standing = new ForeignStanding(host, this, this.#places);
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
    return this.#places.all;
  }

  /** Its path in the v2 tree, or else in the first hierarchy it is in. */
  get path(): string {
    return this.#places.path;
  }

  /** Seen in a hierarchy, or (undefined) gone from it. */
  place(hierarchy: Hierarchy, path: string | undefined): void {
    this.#places.place(hierarchy, path);
    // What was said of it did not reach that hierarchy.
    this.inForce = undefined;
  }

  get cgroup(): CgroupSet | undefined {
    return this.#places.cgroup;
  }

  get running(): boolean {
    return this.places.size > 0;
  }

  get frozen(): boolean {
    return this.cgroup !== undefined && isFrozen(this.cgroup);
  }

  /** Looked for in one hierarchy: a thousand containers in nine would be nine thousand files. */
  get pid(): number | undefined {
    const { dir } = this.#places;
    if (dir === undefined) return undefined;
    // What is below a plain cgroup is not its own.
    return firstProcess(this.#host.procRoot, this.runtime === 'other' ? procsIn(dir) : procsBelow(dir));
  }

  get ending(): boolean {
    return false;
  }

  get leaving(): boolean {
    return this.places.size === 0;
  }

  subject(): NonNullable<EventView['container']> {
    return { id: this.id, name: this.name, image: this.facts?.image ?? '', runtime: this.runtime };
  }

  policySubject(): PolicySubject {
    const { image = '', labels = NO_LABELS } = this.facts ?? {};
    return { name: this.name, image, labels, runtime: this.runtime, cgroup: this.path };
  }

  get limits(): GovernedLimits {
    return this.#standing.limits;
  }

  setLimits(limits: GovernedLimits): void {
    this.#standing.setLimits(limits);
  }

  limitsWithFound(paths: readonly string[]): GovernedLimits {
    return this.#standing.limitsWithFound(paths);
  }

  rememberFound(paths: readonly string[]): boolean {
    return this.#standing.rememberFound(paths);
  }

  restoreFound(next: GovernedLimits): Promise<void> {
    return this.#standing.restoreFound(next);
  }

  noteDrift(): void {
    const young = this.#host.clock.nowMs() - this.appearedAtMs <= SETTING_UP_MS;
    if (young && this.inForce !== undefined) this.#standing.refind(this.inForce);
  }

  get conditions(): Condition[] {
    return this.#standing.conditions;
  }

  set conditions(conditions: Condition[]) {
    this.#standing.conditions = conditions;
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
    return this.#standing.thawAtMs;
  }

  get thawForMs(): number | undefined {
    return this.#standing.thawForMs;
  }

  setThawAt(thawAtMs: number | null, forMs?: number): void {
    this.#standing.setThawAt(thawAtMs, forMs);
  }

  /** Whether anything of us is in force on it, or was found. */
  get touched(): boolean {
    return this.#standing.touched;
  }

  /** Whether a record is about this very cgroup. */
  isOf(record: ForeignRecord): boolean {
    return this.#standing.isOf(record);
  }

  /** Another cgroup has taken its place unseen; what is in force on it, and was found, is of the one before. */
  get replaced(): boolean {
    return this.#standing.replaced;
  }

  /** Goes on as an earlier agent left it. */
  adopt(record: ForeignRecord): void {
    this.#standing.adopt(record);
  }

  /** Takes what was in force on the plain cgroup that it turned out to be. */
  takeOver(plain: Foreign): void {
    this.#standing.takeOver(plain.#standing);
  }
}

function oomKills(cgroup: CgroupSet): number {
  const counter = oomKillCounter(cgroup);
  const line = counter && (readText(counter.file) ?? '').split('\n').find((each) => each.startsWith(`${counter.key} `));
  return line === undefined ? 0 : Number(line.split(' ')[1]);
}
