import type { StatsView } from '#agent/contract/container.js';
import type { Resource } from './samples.js';

/** What one workload has used, from two or more of its samples. */
export interface Reading {
  /** Now: cores or bytes per second since the previous sample, or bytes held. */
  now: number;
  /** Over the whole window: average cores or bytes per second, or the most bytes the kernel ever charged. */
  use: number;
  /** The kernel's own counters that show the limit at work. */
  evidence: string;
}

interface Point {
  stats: StatsView;
  atMs: number;
}

/** Turns a workload's samples into figures. The window starts at the first sample, and again at every `restart`. */
export class Meter {
  readonly #resource: Resource;
  #first: Point | undefined;
  #previous: Point | undefined;
  #last: Point | undefined;
  #mostBytes = 0;

  constructor(resource: Resource) {
    this.#resource = resource;
  }

  add(stats: StatsView): void {
    const point = { stats, atMs: Date.parse(stats.time) };
    if (this.#last !== undefined && point.atMs <= this.#last.atMs) return;
    this.#previous = this.#last;
    this.#last = point;
    this.#first ??= point;
    this.#mostBytes = Math.max(this.#mostBytes, stats.memory.currentBytes, stats.memory.peakBytes ?? 0);
  }

  /** Forgets what was before the last sample. */
  restart(): void {
    this.#first = this.#last;
    this.#previous = undefined;
  }

  /** Undefined until there are two samples in the window. */
  read(): Reading | undefined {
    const [first, previous, last] = [this.#first, this.#previous, this.#last];
    if (first === undefined || previous === undefined || last === undefined) return undefined;
    const evidence = EVIDENCE[this.#resource](first.stats, last.stats);
    if (this.#resource === 'memory') return { now: last.stats.memory.currentBytes, use: this.#mostBytes, evidence };
    return { now: rate(this.#resource, previous, last), use: rate(this.#resource, first, last), evidence };
  }
}

/** Cores or bytes per second between two samples. */
function rate(resource: 'cpu' | 'disk', from: Point, to: Point): number {
  const seconds = (to.atMs - from.atMs) / 1000;
  if (resource === 'cpu') return (to.stats.cpu.usageUsec - from.stats.cpu.usageUsec) / 1e6 / seconds;
  return (to.stats.io.writeBytes - from.stats.io.writeBytes) / seconds;
}

const EVIDENCE: Record<Resource, (first: StatsView, last: StatsView) => string> = {
  cpu: (first, last) => {
    const periods = (last.cpu.periods ?? 0) - (first.cpu.periods ?? 0);
    const throttled = (last.cpu.throttledPeriods ?? 0) - (first.cpu.throttledPeriods ?? 0);
    return `nr_throttled ${throttled} of ${periods} periods`;
  },
  memory: (_, { memory }) => {
    const parts = [`oom_kill ${memory.oomKills ?? 'unknown'}`];
    if (memory.failCount !== undefined) parts.push(`failcnt ${memory.failCount}`);
    return parts.join(', ');
  },
  disk: (first, last) => {
    const writes = last.io.writes - first.io.writes;
    const devices = last.io.devices.map(({ device }) => device).join(' ');
    return `${writes} writes, ${((last.io.writeBytes - first.io.writeBytes) / 1024 / 1024).toFixed(0)} MiB on ${devices}`;
  },
};
