import type { Looked } from '#agent/containers/view.js';
import type { ContainerView } from '#agent/contract/container.js';
import type { ScrapeFigures } from '#agent/metrics/figures.js';
import { type Health, HealthReader } from '#agent/metrics/read/health.js';
import { type InterfaceCounters, readInterfaces } from '#agent/metrics/read/net-dev.js';
import { type ProcessFigures, readProcessFigures } from '#agent/metrics/read/process-figures.js';
import { ScrapeFiles } from '#agent/metrics/read/scrape-files.js';
import type { CgroupSample } from '#agent/model/sample.js';
import { type CgroupSet, directoryOf } from '#runtime/cgroup/cgroup-set.js';
import { procsBelow } from '#runtime/cgroup/procs.js';

/** A container as metrics find it. */
export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
  /** undefined: it does not run. */
  readonly cgroup: CgroupSet | undefined;
}

/** What was read of a container at some scrape, and holds until its turn comes again. */
export interface Known {
  view: ContainerView;
  read: ScrapeFigures;
  network: readonly InterfaceCounters[];
  processes: number | undefined;
  details: ProcessFigures | undefined;
  health: Health;
}

export interface KnownOptions {
  procRoot: string;
  view(listed: Listed, looked?: Looked): ContainerView;
  /** What the last tick read of it. */
  sample(id: string): CgroupSample | undefined;
  clock: { monotonicMs(): number };
  /** Lets the event loop go on. */
  pause: () => Promise<void>;
  onFault: (error: unknown) => void;
}

interface Entry {
  known: Known | undefined;
  atMs: number;
  /** What shows that it is not what it was. */
  name: string;
  running: boolean;
  cgroup: CgroupSet | undefined;
  detailed: boolean;
  failed: boolean;
}

const NEW = { known: undefined, atMs: Number.NEGATIVE_INFINITY, detailed: false, failed: false };

/** In one go; then the event loop has its turn. */
const SLICE_MS = 4;
/** So many are read at each scrape at least, … */
const LEAST_READ = 50;
/** … and as many as can be in this part of the time since the last one. */
const SHARE = 0.03;
const LEAST_BUDGET_MS = 30;

/**
 * What ticks do not tell of containers: how they are called, what holds them, and files that only /metrics needs. All of it costs some 0.3 ms a
 * container, so that on a crowded node that is scraped often each has its turn: then it is some seconds old.
 */
export class KnownContainers {
  readonly #options: KnownOptions;
  readonly #files = new ScrapeFiles();
  readonly #health = new HealthReader();
  #entries = new Map<string, Entry>();
  #lastMs: number | undefined;

  constructor(options: KnownOptions) {
    this.#options = options;
  }

  /** Undefined: it is gone. */
  of(id: string): Known | undefined {
    return this.#entries.get(id)?.known;
  }

  /** How many could not be read. */
  get failures(): number {
    let count = 0;
    for (const { failed } of this.#entries.values()) count += Number(failed);
    return count;
  }

  /** It could not be read. */
  failed(id: string): boolean {
    return this.#entries.get(id)?.failed ?? false;
  }

  /** Reads those that are new or changed, and of the others those whose turn it is. `detailed`: process by process, too. */
  async refresh(listed: readonly Listed[], detailed: boolean): Promise<void> {
    const { clock, pause } = this.#options;
    const beganMs = clock.monotonicMs();
    const budgetMs = Math.max(LEAST_BUDGET_MS, SHARE * (beganMs - (this.#lastMs ?? beganMs)));
    this.#lastMs = beganMs;
    const due = this.#inOrder(listed, detailed);
    let [spentMs, sliceMs] = [0, clock.monotonicMs()];
    for (const [index, { one, entry, must }] of due.entries()) {
      if (!must && index >= LEAST_READ && spentMs >= budgetMs) break;
      this.#read(one, entry, detailed);
      const nowMs = clock.monotonicMs();
      if (nowMs - sliceMs < SLICE_MS) continue;
      spentMs += nowMs - sliceMs;
      await pause();
      sliceMs = clock.monotonicMs();
    }
  }

  /** Those that must be read, then the rest, the oldest first. */
  #inOrder(listed: readonly Listed[], detailed: boolean): { one: Listed; entry: Entry; must: boolean }[] {
    const before = this.#entries;
    this.#entries = new Map();
    this.#health.keepOnly(new Set([...before.values()].map(({ known }) => known?.view.bundle ?? '')));
    const due = listed.map((one) => {
      const known = before.get(one.id);
      const same = known !== undefined && known.name === one.name && known.running === one.running && known.cgroup === one.cgroup;
      const entry = known ?? { ...NEW, name: one.name, running: one.running, cgroup: one.cgroup };
      this.#entries.set(one.id, entry);
      return { one, entry, must: !same || (detailed && !entry.detailed) };
    });
    return due.sort((a, b) => Number(b.must) - Number(a.must) || a.entry.atMs - b.entry.atMs);
  }

  /** One container's fault is told and leaves the others' figures alone. */
  #read(one: Listed, entry: Entry, detailed: boolean): void {
    const { clock, onFault } = this.#options;
    try {
      entry.known = this.#known(one, detailed);
      entry.failed = false;
    } catch (error) {
      if (!entry.failed) onFault(new Error(`cannot read ${one.name} for /metrics`, { cause: error }));
      entry.failed = true;
    }
    entry.atMs = clock.monotonicMs();
    entry.name = one.name;
    entry.running = one.running;
    entry.cgroup = one.cgroup;
    entry.detailed = detailed;
  }

  #known(one: Listed, detailed: boolean): Known {
    const { procRoot } = this.#options;
    const { cgroup } = one;
    if (!one.running || cgroup === undefined)
      return { view: this.#options.view(one), read: {}, network: [], processes: undefined, details: undefined, health: -1 };
    const sample = this.#options.sample(one.id);
    const looked = { frozen: sample?.frozen === true || sample?.frozenTwin === true, limits: this.#files.limits(cgroup) };
    const view = this.#options.view(one, sample === undefined ? undefined : looked);
    const dir = directoryOf(cgroup, 'pids') ?? directoryOf(cgroup, 'unified') ?? Object.values(view.cgroups)[0];
    const pids = dir === undefined ? undefined : procsBelow(dir);
    return {
      view,
      read: this.#files.read(cgroup, hasIo(sample)),
      network: view.state.pid === null ? [] : readInterfaces(procRoot, view.state.pid),
      processes: pids?.length,
      details: detailed && pids !== undefined ? readProcessFigures(procRoot, pids) : undefined,
      health: this.#health.of(view),
    };
  }
}

function hasIo(sample: CgroupSample | undefined): boolean {
  for (const _ in sample?.io?.devices) return true;
  return false;
}
