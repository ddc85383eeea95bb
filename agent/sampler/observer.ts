import { effectiveLimits } from '#agent/containers/effective-limits.js';
import type { Governed, GovernedLimits } from '#agent/containers/governed.js';
import { limitEntries } from '#agent/containers/limit-fields.js';
import type { TickSample } from '#agent/containers/tick-stats.js';
import type { ContainerSnapshot, Signals, Snapshot } from '#agent/contract/snapshot.js';
import type { CgroupSample, Sample } from '#agent/model/sample.js';
import { type SnapshotSubject, snapshotOf } from '#agent/model/snapshot.js';
import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import { ForeignLimits } from './foreign-limits.js';
import type { Sampler } from './sampler.js';

export interface ObserverOptions {
  sampler: Sampler;
  /** All containers that are governed. */
  governed: () => readonly Governed[];
  /** Signals that somebody looks at each tick. */
  needs: () => ReadonlySet<string>;
  /** Signals of a container (id, and what finds a process in it) that no file of its cgroup has: BPF's, the network's. Default: none. */
  kernelSignals?: (id: string, pidOf: () => number | undefined) => Signals;
}

/** Two whole samples and what they mean. */
export interface Observation {
  before: Sample;
  after: Sample;
  snapshot: Snapshot;
}

type Running = Governed & { cgroup: CgroupSet };
type LimitValues = ContainerSnapshot['limits'];

const NONE: Signals = {};
const LOST_MS = 10_000;

/** Sees all containers that run, each tick and when asked. */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #limits = new WeakMap<GovernedLimits, LimitValues>();
  readonly #foreign = new ForeignLimits();
  #sample: Sample | undefined;
  /** Of containers that the last ticks did not find any more. */
  readonly #lost = new Map<string, TickSample>();
  #snapshot: Snapshot | undefined;
  /** Of the last tick, by id. */
  #containers: ReadonlyMap<string, ContainerSnapshot> = new Map();

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** The last tick's snapshot and sample. */
  get latest(): { snapshot: Snapshot; sample: Sample } | undefined {
    return this.#snapshot && this.#sample && { snapshot: this.#snapshot, sample: this.#sample };
  }

  /** What the last tick read of a container, or, where no tick saw it yet, what its files say now; undefined: it does not run or is gone. */
  sampleOf(id: string): CgroupSample | undefined {
    const seen = this.#sample?.containers.get(id);
    if (seen !== undefined) return seen;
    const subject = this.#running().find((each) => each.id === id);
    return subject && this.#options.sampler.sampleWhole([subject]).containers.get(id);
  }

  /** Cores that a container used over the last tick; undefined: not known. */
  cores(id: string): number | undefined {
    return this.#containers.get(id)?.signals['cpu.usage'];
  }

  /** The last sample of a container, also for some seconds after it was gone; undefined: no tick saw it. */
  lastSeen(id: string): TickSample | undefined {
    const sample = this.#sample?.containers.get(id);
    return sample && this.#sample ? { sample, atMs: this.#sample.atMs, cores: this.cores(id) } : this.#lost.get(id);
  }

  /** OOM kills that the kernel counts, by container, as of the last tick. */
  *oomKills(): Generator<readonly [string, number]> {
    for (const [id, { oomKills }] of this.#sample?.containers ?? []) if (oomKills !== undefined) yield [id, oomKills];
  }

  /** The next snapshot: rates are those since the one before. */
  tick(): Snapshot {
    const running = this.#running();
    return this.#seen(running, this.#options.sampler.sample(running, this.#options.needs()));
  }

  /** The same, but others have their turn meanwhile. One at a time. */
  async tickInTurns(turn: () => Promise<void>): Promise<Snapshot> {
    const running = this.#running();
    // Some may end while others have their turn, and then have no cgroup any more.
    const asOfNow = running.map(({ id, cgroup }) => ({ id, cgroup }));
    const sample = await this.#options.sampler.sampleInTurns(asOfNow, this.#options.needs(), turn);
    await turn();
    return this.#seen(running.filter(isRunning), sample);
  }

  #seen(running: readonly Running[], sample: Sample): Snapshot {
    const snapshot = snapshotOf(this.#sample, sample, this.#subjects(running, sample), this.#containers);
    this.#keepLost(this.#sample, sample);
    this.#sample = sample;
    this.#snapshot = snapshot;
    this.#containers = new Map(snapshot.containers.map((container) => [container.id, container]));
    return snapshot;
  }

  /** Who hears that one is gone may hear it ticks later. */
  #keepLost(before: Sample | undefined, now: Sample): void {
    for (const [id, { atMs }] of this.#lost) if (now.atMs - atMs > LOST_MS || now.atMs < atMs) this.#lost.delete(id);
    if (before === undefined) return;
    for (const [id, sample] of before.containers)
      if (!now.containers.has(id)) this.#lost.set(id, { sample, atMs: before.atMs, cores: this.cores(id) });
  }

  /** Every file of all containers, now and again once `window` resolves; of `also` too, which need not be governed. */
  async watch(window: () => Promise<void>, also?: Governed): Promise<Observation> {
    const { sampler } = this.#options;
    const before = sampler.sampleWhole(this.#running(also));
    await window();
    const running = this.#running(also);
    const after = sampler.sampleWhole(running);
    return { before, after, snapshot: snapshotOf(before, after, this.#subjects(running, after)) };
  }

  #running(also?: Governed): Running[] {
    const governed = this.#options.governed();
    return (also === undefined || governed.includes(also) ? governed : [...governed, also]).filter(isRunning);
  }

  #subjects(running: readonly Running[], { monotonicMs }: Sample): SnapshotSubject[] {
    this.#foreign.begin();
    return running.map((each): SnapshotSubject => {
      const { name, image, labels, runtime } = each.policySubject();
      const set = this.#limitsOf(each.limits);
      const foreign = runtime === 'tsgov' ? undefined : this.#foreign.of(each, set, monotonicMs);
      const would = each.observed && effectiveValues({ ...each.limits, policies: each.observed });
      return {
        id: each.id,
        name,
        image,
        labels,
        runtime,
        cgroup: each.cgroup.path,
        ending: each.ending,
        limits: foreign?.all ?? set,
        ...(would !== undefined && { wouldBe: { ...foreign?.found, ...would } }),
        signals: this.#options.kernelSignals?.(each.id, () => each.pid) ?? NONE,
      };
    });
  }

  /** A change of limits is a new object: what they come to is worked out once. */
  #limitsOf(limits: GovernedLimits): LimitValues {
    let values = this.#limits.get(limits);
    if (values === undefined) {
      values = effectiveValues(limits);
      this.#limits.set(limits, values);
    }
    return values;
  }
}

function effectiveValues(limits: GovernedLimits): LimitValues {
  return Object.fromEntries(limitEntries(effectiveLimits({ limits }).limits).map(({ path, value }) => [path, value]));
}

function isRunning(each: Governed): each is Running {
  return each.running && each.cgroup !== undefined;
}
