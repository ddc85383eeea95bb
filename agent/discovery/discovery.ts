import { existsSync } from 'node:fs';
import { AgentError } from '#agent/contract/errors.js';
import type { ForeignStore } from '#agent/store/foreign-store.js';
import type { Syscalls } from '#native/libc.js';
import { type CgroupHost, cgroupDir, type Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import { adoptRecords } from './adopt-records.js';
import { type Arrival, Arrivals } from './arrivals.js';
import type { Foreign, ForeignHost } from './foreign.js';
import { ForeignRegistry } from './foreign-registry.js';
import { namedCgroup } from './named-cgroup.js';
import { Namer } from './naming.js';
import type { DiscoveryHost } from './runtime.js';
import { other } from './runtimes/other.js';
import { type RecognisedBy, recognise } from './runtimes.js';
import { Timers } from './timers.js';
import type { Sort, TreeChange } from './tree.js';
import { CgroupTrees } from './trees.js';
import { VitalCgroups } from './vital-cgroups.js';

/** Its runtime's files say more now; a hierarchy more has it. */
export type SeenWhy = Arrival | 'adopted' | 'known';

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

/** Of the first look: a name costs some files. */
const NAMED_AT_ONCE = 8;

/** Finds everybody's containers in the cgroup trees, names them, and tells of those that come and go. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #registry: ForeignRegistry;
  readonly #trees: CgroupTrees;
  readonly #timers: Timers;
  readonly #arrivals: Arrivals;
  readonly #namer: Namer;
  readonly #vital: VitalCgroups;
  readonly #sorted = new Map<string, RecognisedBy>();
  readonly #inside = new Set<Foreign>();
  #closed = false;

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
    this.#timers = new Timers(clock);
    this.#arrivals = new Arrivals(clock, this.#timers, (foreign, why) => {
      this.#tell(why === 'appeared' ? this.#namer.name(foreign, true) : foreign, why);
    });
    this.#namer = new Namer({
      host: options,
      after: (delayMs, callback) => void this.#timers.after(delayMs, callback),
      turnedOut: (foreign, found) => this.#turnedOut(foreign, found),
      onKnown: (foreign, why) => this.#tell(foreign, why),
      onFault: options.onFault,
    });
    this.#vital = new VitalCgroups(cgroups, procRoot);
    this.#trees = new CgroupTrees({
      cgroups,
      syscalls: options.syscalls,
      timers: this.#timers,
      sort: (path) => this.#sort(path),
      onChange: (hierarchy, change) => this.#take(hierarchy, change),
      onLost: () => this.scan(),
      onFault: options.onFault,
    });
  }

  /** Why changes are seen only by scans; undefined: they are told at once. */
  get refused(): string | undefined {
    return this.#trees.refused;
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
    const { cgroups, store, onFault } = this.#options;
    this.#trees.listen();
    yield* this.#trees.scanning();
    let named = 0;
    for (const foreign of this.#arrivals.waiting()) {
      this.#arrivals.drop(foreign);
      if (!foreign.leaving) this.#namer.name(foreign, foreign.runtime !== 'other').appearedAtMs = 0;
      named += 1;
      if (named % NAMED_AT_ONCE === 0) yield;
    }
    adoptRecords(
      store,
      {
        hierarchies: cgroups.hierarchies,
        known: (record) => this.#registry.known(record),
        at: (path) => this.#registry.at(path) ?? this.#tryPath(path),
      },
      onFault,
    );
    for (const foreign of this.#registry.all()) if (this.#arrivals.of(foreign) !== 'appeared') this.#tell(foreign, 'adopted');
    this.#arrivals.begin();
    this.#trees.scanOnAndOn((round) => {
      this.#lookInside();
      if (round) this.#lookForOthers();
    });
  }

  close(): void {
    this.#closed = true;
    this.#trees.close();
    this.#timers.close();
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
    if (this.#sorted.has(ref)) this.#trees.lookAt(ref);
    return ref.startsWith('/') ? (this.#registry.at(ref) ?? this.#byPath(ref)) : this.#registry.resolve(ref);
  }

  /** Looks at all hierarchies. */
  scan(): void {
    this.#vital.renew();
    this.#trees.scan();
    this.#lookInside();
    this.#lookForOthers();
  }

  /** A cgroup that was removed and made anew between two scans looks the same; it matters only where something of us is in force. */
  #lookForOthers(): void {
    for (const { places } of this.#registry.all().filter(({ replaced }) => replaced)) this.#trees.madeAnew(places);
  }

  /** What a person named inside of a container is not looked at otherwise. */
  #lookInside(): void {
    for (const foreign of this.#inside) {
      for (const [hierarchy, path] of [...foreign.places])
        if (!existsSync(cgroupDir(hierarchy, path))) this.#displace(hierarchy, path);
      if (foreign.leaving) this.#inside.delete(foreign);
    }
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

  #take(hierarchy: Hierarchy, { appeared, vanished }: TreeChange): void {
    for (const path of vanished) this.#displace(hierarchy, path);
    for (const path of appeared) {
      const found = this.#sorted.get(path);
      if (found === undefined || this.#vital.whoIn([[hierarchy, path]]) !== undefined) continue;
      const { foreign, isNew } = this.#registry.place(hierarchy, path, found);
      this.#arrivals.saw(foreign, isNew ? 'appeared' : 'moved');
    }
  }

  #displace(hierarchy: Hierarchy, path: string): void {
    const foreign = this.#registry.displace(hierarchy, path);
    if (this.#registry.at(path) === undefined) this.#sorted.delete(path);
    if (foreign === undefined || foreign.places.size > 0) return;
    this.#arrivals.drop(foreign);
    this.#options.store.remove(foreign);
    this.#options.onGone(foreign);
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
}
