import { join } from 'node:path';
import type { ContainerView } from '#agent/contract/container.js';
import type { DeathInput } from '#agent/contract/journal.js';
import { type Figures, figuresOf } from '#agent/metrics/figures.js';
import { LayerSizes } from '#agent/metrics/read/layer-sizes.js';
import { readRoot } from '#agent/metrics/read/root.js';
import type { CgroupSample } from '#agent/model/sample.js';
import { cgroupExists } from '#runtime/cgroup/cgroup-set.js';
import { Departed, type Ended } from './departed.js';
import { deviceNames } from './device-names.js';
import { type Known, KnownContainers, type KnownOptions, type Listed } from './known.js';
import { baseLabels, checkLabelGlobs, type LabelNames, labelNames } from './label-names.js';
import type { Subject } from './subject.js';

export interface SubjectSources extends Omit<KnownOptions, 'clock'> {
  sysRoot: string;
  cgroupParent: string;
  /** Every container of everybody; a plain cgroup only where something governs it. */
  listed(): readonly Listed[];
  /** What the last tick read of it, or what its files say now where no tick saw it yet; undefined: it is gone, or cannot be read. */
  sample(id: string): CgroupSample | undefined;
  /** Globs for keys of container labels that become labels of metrics. */
  labelAllow: readonly string[];
  /** How long containers that are gone are told of. */
  graceMs: number;
  clock: { nowMs(): number; monotonicMs(): number };
}

/** The node's root and every container, as they are at a scrape. */
export class SubjectCollector {
  readonly #sources: SubjectSources;
  readonly #known: KnownContainers;
  readonly #departed: Departed;
  readonly #layers: LayerSizes;
  readonly #deviceName: (device: string) => string;
  /** Of the last scrape, by container. */
  #figuresSeen = new Map<string, Figures>();

  /** Throws CONFIG_INVALID. */
  constructor(sources: SubjectSources) {
    checkLabelGlobs(sources.labelAllow);
    this.#sources = sources;
    this.#known = new KnownContainers(sources);
    this.#departed = new Departed(sources);
    this.#layers = new LayerSizes(sources);
    this.#deviceName = deviceNames(sources.sysRoot);
  }

  /** Containers that could not be read at the last scrape. */
  get failures(): number {
    return this.#known.failures;
  }

  /** A run ended: its series stay for a while. */
  noteDeath(death: DeathInput): void {
    const known = this.#known.of(death.container.id);
    const listed = known === undefined ? this.#sources.listed().find(({ id }) => id === death.container.id) : undefined;
    const view = known?.view ?? (listed && this.#sources.view(listed));
    const { id } = death.container;
    this.#departed.note(death, view && { labels: view.labels, figures: this.#figures(id, known) ?? this.#figuresSeen.get(id) });
  }

  /** `detailed`: with what is read process by process. */
  async collect(detailed: boolean): Promise<Subject[]> {
    const { clock, listed: list, labelAllow } = this.#sources;
    const listed = list();
    await this.#known.refresh(listed, detailed);
    const nowMs = clock.nowMs();
    const here = listed.flatMap((one) => {
      const known = this.#known.of(one.id);
      return known === undefined ? [] : [{ one, known }];
    });
    this.#layers.keepOnly(new Set(listed.map(({ id }) => id)));
    const gone = this.#gone(here.map(({ known }) => known.view));
    const names = labelNames(labelAllow, [...here.map(({ known }) => known.view.labels), ...gone.map(({ labels }) => labels)]);
    const seen: Subject[] = [];
    for (const [index, { one, known }] of here.entries()) {
      seen.push(this.#subject(one, known, names, nowMs, detailed));
      if (index % AT_ONCE === AT_ONCE - 1) await this.#sources.pause();
    }
    const subjects = [this.#root(names, nowMs), ...seen, ...gone.map((ended) => this.#departedSubject(ended, names, nowMs))];
    this.#figuresSeen = new Map(
      subjects.flatMap(({ container, live, figures }) =>
        container !== undefined && live && figures !== undefined ? [[container.id, figures] as const] : [],
      ),
    );
    return withoutTwins(subjects);
  }

  /** Those whose name nobody has again. */
  #gone(views: readonly ContainerView[]): Ended[] {
    const ids = new Set(views.map(({ id }) => id));
    const names = new Set(views.map(({ runtime, name }) => `${runtime} ${name}`));
    // The newest of a name is told of.
    const newest = new Map<string, Ended>();
    for (const ended of this.#departed.all())
      if (!ids.has(ended.id) && !names.has(`${ended.runtime} ${ended.name}`)) newest.set(`${ended.runtime} ${ended.name}`, ended);
    return [...newest.values()];
  }

  #figures(id: string, known: Known | undefined): Figures | undefined {
    const sample = this.#sources.sample(id);
    return sample && figuresOf(sample, known?.read ?? {}, this.#sources.clock.nowMs());
  }

  #subject(one: Listed, known: Known, names: LabelNames, nowMs: number, detailed: boolean): Subject {
    const { view } = known;
    const live = one.running && view.state.status !== 'exited';
    const figures = live ? this.#figures(one.id, known) : undefined;
    const ended = live ? undefined : this.#departed.of(one.id);
    const { state } = view;
    const path = one.cgroup?.path ?? ended?.cgroup ?? join(this.#sources.cgroupParent, view.id);
    return {
      labels: baseLabels(path, view) + names.of(view.labels),
      container: { ...view, status: state.status, exitCode: state.exitCode },
      live: figures !== undefined,
      figures: figures ?? ended?.figures,
      failed:
        this.#known.failed(one.id) || (live && figures === undefined && one.cgroup !== undefined && cgroupExists(one.cgroup)),
      limits: live ? view.limits : {},
      cpuShares: live ? known.read.cpuShares : undefined,
      network: known.network,
      processes: known.processes,
      details: detailed ? known.details : undefined,
      health: live ? known.health : undefined,
      layer: live && state.pid !== null ? this.#layer(one.id, state.pid) : undefined,
      startedAtSec: state.startedAt === null ? undefined : Date.parse(state.startedAt) / 1000,
      oomKills: figures?.memory.oomKills ?? Math.max(ended?.oomKills ?? 0, state.oomKilled ? 1 : 0),
      nowSec: nowMs / 1000,
      deviceName: this.#deviceName,
    };
  }

  #layer(id: string, pid: number): Subject['layer'] {
    const size = this.#layers.of(id, pid);
    return size && { device: this.#deviceName(size.device), bytes: size.bytes };
  }

  #departedSubject(ended: Ended, names: LabelNames, nowMs: number): Subject {
    const { id, name, runtime, exitCode, restartCount } = ended;
    return {
      ...NOTHING,
      labels: baseLabels(ended.cgroup, ended) + names.of(ended.labels),
      container: { id, name, runtime, status: 'exited', exitCode, restartCount, policies: [], conditions: [] },
      live: false,
      figures: ended.figures,
      startedAtSec: ended.startedAtMs === undefined ? undefined : ended.startedAtMs / 1000,
      oomKills: ended.oomKills,
      nowSec: nowMs / 1000,
      deviceName: this.#deviceName,
    };
  }

  #root(names: LabelNames, nowMs: number): Subject {
    const { procRoot, sysRoot } = this.#sources;
    const root = readRoot(procRoot, sysRoot, nowMs);
    return {
      ...NOTHING,
      labels: baseLabels('/', { name: '', image: '' }) + names.of({}),
      container: undefined,
      live: true,
      figures: root.figures,
      limits: { memory: { max: root.memoryBytes } },
      network: root.network,
      startedAtSec: root.bootSec,
      nowSec: nowMs / 1000,
      deviceName: this.#deviceName,
    };
  }
}

/** Subjects made before the event loop has its turn. */
const AT_ONCE = 100;

const NOTHING = {
  failed: false,
  limits: {},
  cpuShares: undefined,
  network: [],
  processes: undefined,
  details: undefined,
  health: undefined,
  layer: undefined,
  oomKills: undefined,
} as const;

/** Two of the same labels would be one series twice: the first, which runs, is told of. */
function withoutTwins(subjects: readonly Subject[]): Subject[] {
  const seen = new Set<string>();
  const live = new Set(subjects.filter((subject) => subject.live).map(({ labels }) => labels));
  return subjects.filter((subject) => {
    const { labels } = subject;
    if (seen.has(labels) || (!subject.live && live.has(labels))) return false;
    seen.add(labels);
    return true;
  });
}
