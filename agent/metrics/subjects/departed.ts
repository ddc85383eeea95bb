import type { DeathInput } from '#agent/contract/journal.js';
import { type Figures, lastFigures } from '#agent/metrics/figures.js';

/** How the last run of a container ended. */
export interface Ended {
  id: string;
  name: string;
  image: string;
  runtime: string;
  labels: Readonly<Record<string, string>>;
  /** Its cgroup, which was the `id` of its series. */
  cgroup: string;
  startedAtMs: number | undefined;
  finishedAtMs: number;
  exitCode: number | null;
  restartCount: number;
  oomKills: number;
  figures: Figures | undefined;
}

export interface DepartedOptions {
  /** How long they are told of. */
  graceMs: number;
  clock: { nowMs(): number };
}

/** More than these are never told of: jobs that come and go by the thousand must not fill the memory. */
const MOST = 2000;

/** What was last known of containers whose run ended, for as long as the grace period. */
export class Departed {
  readonly #options: DepartedOptions;
  readonly #ended = new Map<string, Ended>();

  constructor(options: DepartedOptions) {
    this.#options = options;
  }

  /** A run ended; what was known of the container before fills in what its last sample does not say. */
  note(death: DeathInput, known: { labels: Readonly<Record<string, string>>; figures: Figures | undefined } | undefined): void {
    const { container, lastSample } = death;
    // The newest last: the oldest go first when there are too many.
    this.#ended.delete(container.id);
    this.#ended.set(container.id, {
      ...container,
      labels: known?.labels ?? {},
      cgroup: death.cgroup,
      startedAtMs: death.startedAt === null ? undefined : Date.parse(death.startedAt),
      finishedAtMs: Date.parse(death.finishedAt),
      exitCode: death.exitCode,
      restartCount: death.restartCount,
      oomKills: Math.max(lastSample?.memory.oomKills ?? known?.figures?.memory.oomKills ?? 0, death.oomKilled ? 1 : 0),
      figures: lastSample === null ? known?.figures : lastFigures(lastSample, known?.figures),
    });
    for (const id of this.#ended.keys()) {
      if (this.#ended.size <= MOST) break;
      this.#ended.delete(id);
    }
  }

  /** Those whose grace period is not over, the oldest first. */
  all(): Ended[] {
    const since = this.#options.clock.nowMs() - this.#options.graceMs;
    for (const [id, { finishedAtMs }] of this.#ended) if (finishedAtMs < since) this.#ended.delete(id);
    return [...this.#ended.values()];
  }

  /** How the last run of this container ended, if that is not too long ago. */
  of(id: string): Ended | undefined {
    const ended = this.#ended.get(id);
    return ended === undefined || ended.finishedAtMs < this.#options.clock.nowMs() - this.#options.graceMs ? undefined : ended;
  }
}
