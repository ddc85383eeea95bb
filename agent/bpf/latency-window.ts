import type { Totals } from './bpf-sums.js';
import { difference, quantile } from './histogram.js';
import { LATENCY_SLOTS } from './sum-source.js';

/** What a percentile is taken over: long enough that one late task of a quiet second is not all there is. */
const WINDOW_MS = 10_000;

/** The 99th percentile of a latency over the last ten seconds, by container, from totals as they are read. */
export class LatencyWindow {
  #samples: { atMs: number; totals: Totals }[] = [];

  add(atMs: number, totals: Totals): void {
    this.#samples.push({ atMs, totals });
    // The newest that is at least a window old stays: differences are taken from it.
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? atMs) <= atMs - WINDOW_MS) this.#samples.shift();
  }

  /** µs; undefined: nothing was measured in the window. */
  p99Usec(container: string): number | undefined {
    const after = this.#samples.at(-1)?.totals.get(container);
    const before = this.#samples[0]?.totals.get(container);
    if (after === undefined) return undefined;
    const all = new Float64Array(LATENCY_SLOTS);
    for (const [label, sums] of after) {
      const since = difference(sums, this.#samples.length > 1 ? before?.get(label) : undefined);
      for (let slot = 0; slot < LATENCY_SLOTS; slot += 1) all[slot] = (all[slot] ?? 0) + (since[slot] ?? 0);
    }
    return quantile(all, LATENCY_SLOTS, 0.99);
  }
}
