import { existsSync } from 'node:fs';
import { AgentError } from '#agent/contract/errors.js';
import type { ForeignRecord } from '#agent/store/foreign-record.js';
import type { ForeignStore } from '#agent/store/foreign-store.js';
import type { Syscalls } from '#native/libc.js';
import { type CgroupHost, cgroupDir, type Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import { adoptRecords } from './adopt-records.js';
import type { Foreign, ForeignHost } from './foreign.js';
import { ForeignRegistry } from './foreign-registry.js';
import { namedCgroup } from './named-cgroup.js';
import { Namer } from './naming.js';
import type { DiscoveryHost } from './runtime.js';
import { other } from './runtimes/other.js';
import { type RecognisedBy, recognise } from './runtimes.js';
import { CgroupTree, type KeyOf, type Sort, type TreeChange } from './tree.js';
import { VitalCgroups } from './vital-cgroups.js';
import { type DirectoryEvent, type DirectoryWatch, watchDirectories } from './watch.js';

/** Its runtime's files say more now; a hierarchy more has it. */
export type SeenWhy = 'appeared' | 'adopted' | 'known' | 'moved';

export interface DiscoveryOptions extends DiscoveryHost {
  cgroups: CgroupHost;
  bootId: string;
  /** Cgroup path that our own containers are in. */
  cgroupParent: string;
  store: ForeignStore;
  clock: { nowMs(): number; after(delayMs: number, callback: () => void): () => void };
  /** To hear of changes at once; absent: by scans alone. */
  syscalls: Syscalls | undefined;
  /** Told of one that appeared, or about which more is known now; one that is gone has left already. */
  onSeen: (foreign: Foreign, why: SeenWhy) => void;
  onGone: (foreign: Foreign) => void;
  onFault: (what: string, error: unknown) => void;
}

/** Runtimes make a container's cgroups in a burst, then write its limits: what comes within this is one appearance. */
const SETTLE_MS = 20;
const LONGEST_SETTLE_MS = 40;
/** Of the first look: a name costs some files. */
const NAMED_AT_ONCE = 8;
const SCAN_MS = 1000;
/** With events a scan is only a safety net. */
const SCAN_WITH_EVENTS_MS = 30_000;

/** Finds everybody's containers in the cgroup trees, names them, and tells of those that come and go. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #registry: ForeignRegistry;
  readonly #trees: CgroupTree[];
  readonly #namer: Namer;
  readonly #vital: VitalCgroups;
  readonly #sorted = new Map<string, RecognisedBy>();
  readonly #settling = new Map<Foreign, 'appeared' | 'moved'>();
  readonly #timers = new Set<() => void>();
  readonly #inside = new Set<Foreign>();
  #cancelSettle: (() => void) | undefined;
  #settlingSinceMs = 0;
  /** The first look is over. */
  #started = false;
  #closed = false;
  #watch: DirectoryWatch | undefined;
  #keyOf: KeyOf = () => undefined;
  /** Why changes are seen only by scans; undefined: they are told at once. */
  refused: string | undefined = 'not started';

  constructor(options: DiscoveryOptions) {
    const { cgroups, procRoot, bootId, clock, store } = options;
    const host: ForeignHost = {
      cgroups,
      procRoot,
      bootId,
      clock,
      write: (record) => store.write(record),
      remove: (record) => store.remove(record),
    };
    this.#options = options;
    this.#registry = new ForeignRegistry(host);
    this.#namer = new Namer({
      host: options,
      after: (delayMs, callback) => this.#after(delayMs, callback),
      turnedOut: (foreign, found) => this.#turnedOut(foreign, found),
      onKnown: (foreign, why) => this.#tell(foreign, why),
      onFault: options.onFault,
    });
    this.#vital = new VitalCgroups(cgroups, procRoot);
    const keyOf: KeyOf = (...args) => this.#keyOf(...args);
    this.#trees = cgroups.hierarchies.map((hierarchy) => new CgroupTree(hierarchy, (path) => this.#sort(path), keyOf));
  }

  /** The first look, and adoption of what an earlier agent left on record. From then on changes are followed. */
  start(): void {
    for (const _ of this.#starting());
  }

  /** The same, but others have their turn meanwhile. What appears while it lasts is as if it had been there. */
  async startInTurns(turn: () => Promise<void>): Promise<void> {
    for (const _ of this.#starting()) {
      await turn();
      if (this.#closed) return;
    }
  }

  *#starting(): Generator<void> {
    const { store, onFault } = this.#options;
    this.#listen();
    for (const tree of this.#trees) {
      this.#take(tree, tree.scan());
      yield;
    }
    let named = 0;
    for (const foreign of [...this.#settling.keys()]) {
      this.#settling.delete(foreign);
      if (!foreign.leaving) this.#namer.name(foreign, foreign.runtime !== 'other').appearedAtMs = 0;
      named += 1;
      if (named % NAMED_AT_ONCE === 0) yield;
    }
    adoptRecords(store, (record) => this.#ofRecord(record), onFault);
    for (const foreign of this.#registry.all()) if (this.#settling.get(foreign) !== 'appeared') this.#tell(foreign, 'adopted');
    this.#started = true;
    if (this.#settling.size > 0) this.#settleLater();
    this.#scanLater();
  }

  close(): void {
    this.#closed = true;
    this.#watch?.close();
    this.#cancelSettle?.();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  /** Everything that was found, plain cgroups too. */
  all(): Foreign[] {
    return this.#registry.all();
  }

  /** What may be governed: containers of known runtimes, and of the rest what policies claim or a person has limited. */
  governed(): Foreign[] {
    return this.#registry
      .all()
      .filter((each) => each.runtime !== 'other' || each.claimed || each.touched || each.observed !== undefined);
  }

  /** The one a reference means; a cgroup's path may name any cgroup but the agent's own and our containers'. Throws as ForeignRegistry.resolve. */
  resolve(ref: string): Foreign {
    return ref.startsWith('/') ? (this.#registry.at(ref) ?? this.#byPath(ref)) : this.#registry.resolve(ref);
  }

  /** Looks at all hierarchies. */
  scan(): void {
    this.#vital.renew();
    for (const tree of this.#trees) this.#take(tree, tree.scan());
    this.#lookInside();
    this.#lookForOthers();
  }

  /** A cgroup that was removed and made anew between two scans looks the same; it matters only where something of us is in force. */
  #lookForOthers(): void {
    for (const { places } of this.#registry.all().filter(({ replaced }) => replaced)) {
      const were = [...places].map(([hierarchy, path]) => ({
        tree: this.#trees.find((each) => each.hierarchy === hierarchy)!,
        path,
      }));
      for (const { tree, path } of were) this.#take(tree, tree.removed(path));
      for (const { tree, path } of were) this.#take(tree, tree.made(path));
    }
  }

  /** What a person named inside of a container is not looked at otherwise. */
  #lookInside(): void {
    for (const foreign of this.#inside) {
      for (const [hierarchy, path] of [...foreign.places])
        if (!existsSync(cgroupDir(hierarchy, path))) this.#displace(hierarchy, path);
      if (foreign.leaving) this.#inside.delete(foreign);
    }
  }

  #listen(): void {
    const { syscalls, cgroups, onFault } = this.#options;
    if (syscalls === undefined) {
      this.refused = 'not asked for';
      return;
    }
    const watch = watchDirectories(
      syscalls,
      cgroups,
      (events) => this.#heard(events),
      (error) => onFault('follow cgroups', error),
    );
    if ('refused' in watch) this.refused = watch.refused;
    else {
      this.#watch = watch;
      this.#keyOf = watch.keyOf;
      this.refused = undefined;
    }
  }

  #heard(events: readonly DirectoryEvent[]): void {
    if (events.some(({ parent }) => parent === undefined)) {
      this.scan();
      return;
    }
    for (const { parent, name, made, removed } of events) {
      for (const tree of this.#trees) {
        const above = tree.pathOf(parent!);
        if (above === undefined) continue;
        if (removed) this.#take(tree, tree.removed(`${above}/${name}`));
        if (made) this.#take(tree, tree.made(`${above}/${name}`));
        break;
      }
    }
  }

  /** One hierarchy at a time, so that none of this takes long. */
  #scanLater(turn = 0): void {
    const everyMs = this.#watch === undefined ? SCAN_MS : SCAN_WITH_EVENTS_MS;
    this.#after(everyMs / this.#trees.length, () => {
      const tree = this.#trees[turn % this.#trees.length];
      try {
        if (tree !== undefined) this.#take(tree, tree.scan());
        this.#lookInside();
        if (turn % this.#trees.length === 0) this.#lookForOthers();
      } catch (error) {
        this.#options.onFault('look for containers', error);
      }
      this.#scanLater(turn + 1);
    });
  }

  #sort(path: string): Sort {
    const { cgroupParent } = this.#options;
    if (path === cgroupParent) return 'hidden';
    let found = this.#sorted.get(path);
    if (found === undefined) {
      found = recognise(path, this.#options);
      this.#sorted.set(path, found);
    }
    return found.holds ? 'open' : 'closed';
  }

  #take({ hierarchy }: CgroupTree, { appeared, vanished }: TreeChange): void {
    for (const path of vanished) this.#displace(hierarchy, path);
    for (const path of appeared) {
      const found = this.#sorted.get(path);
      if (found === undefined || this.#vital.whoIn([[hierarchy, path]]) !== undefined) continue;
      const { foreign, isNew } = this.#registry.place(hierarchy, path, found);
      if (!this.#settling.has(foreign)) this.#settling.set(foreign, isNew ? 'appeared' : 'moved');
      this.#settleLater();
    }
  }

  #displace(hierarchy: Hierarchy, path: string): void {
    const foreign = this.#registry.displace(hierarchy, path);
    if (this.#registry.at(path) === undefined) this.#sorted.delete(path);
    if (foreign === undefined || foreign.places.size > 0) return;
    this.#settling.delete(foreign);
    this.#options.store.remove(foreign);
    this.#options.onGone(foreign);
  }

  /** Nothing is told of before the first look is over. */
  #settleLater(): void {
    if (!this.#started) return;
    const nowMs = this.#options.clock.nowMs();
    if (this.#cancelSettle === undefined) this.#settlingSinceMs = nowMs;
    else if (nowMs - this.#settlingSinceMs > LONGEST_SETTLE_MS) return;
    this.#cancelSettle?.();
    this.#cancelSettle = this.#options.clock.after(SETTLE_MS, () => {
      this.#cancelSettle = undefined;
      const settled = [...this.#settling];
      this.#settling.clear();
      for (const [foreign, why] of settled) {
        if (foreign.leaving) continue;
        const named = why === 'appeared' ? this.#namer.name(foreign, true) : foreign;
        this.#tell(named, why);
      }
    });
  }

  #tell(foreign: Foreign, why: SeenWhy): void {
    try {
      this.#options.onSeen(foreign, why);
    } catch (error) {
      this.#options.onFault(`see to ${foreign.path}`, error);
    }
  }

  /** What is below is its own from now on. */
  #turnedOut(foreign: Foreign, found: RecognisedBy): Foreign {
    for (const path of foreign.places.values()) this.#sorted.set(path, found);
    return this.#registry.recognised(foreign, found);
  }

  /** The container that a record is about: as it was called then, or, where more or less is known of it now, by where it is. */
  #ofRecord(record: ForeignRecord): Foreign | undefined {
    const known = this.#registry.known(record);
    if (known?.isOf(record) === true) return known;
    for (const { hierarchy } of this.#trees) {
      if (!record.cgroup.dir.startsWith(`${hierarchy.mount}/`)) continue;
      const path = record.cgroup.dir.slice(hierarchy.mount.length);
      const there = this.#registry.at(path) ?? this.#tryPath(path);
      if (there?.isOf(record) === true) return there;
    }
    return undefined;
  }

  #tryPath(path: string): Foreign | undefined {
    try {
      return this.#byPath(path);
    } catch (error) {
      if (error instanceof AgentError) return undefined;
      throw error;
    }
  }

  /** A cgroup that a person names and that is nobody's found so far, in the hierarchies that have it. */
  #byPath(ref: string): Foreign {
    const { cgroups, cgroupParent } = this.#options;
    const { path, hierarchies } = namedCgroup(ref, cgroups, cgroupParent);
    this.#vital.renew();
    const who = this.#vital.whoIn(hierarchies.map((hierarchy) => [hierarchy, path] as const));
    if (who !== undefined) throw new AgentError('STATE_CONFLICT', `${who} runs in ${path}: it cannot be governed`);
    let foreign: Foreign | undefined;
    for (const hierarchy of hierarchies)
      foreign = this.#registry.place(hierarchy, path, { id: path, holds: true, knowledge: other }).foreign;
    foreign!.facts = { name: path };
    if (!this.#sorted.has(path)) this.#inside.add(foreign!);
    return foreign!;
  }

  #after(delayMs: number, callback: () => void): void {
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      callback();
    });
    this.#timers.add(cancel);
  }
}
