import type { Totals } from './bpf-sums.js';
import { quantile } from './histogram.js';
import { LATENCY_SLOTS } from './sum-source.js';

/** What a percentile is taken over: long enough that one late task of a quiet second is not all there is. */
const WINDOW_MS = 10_000;

/** The 99th percentile of a latency over the last ten seconds, by container, from totals as they are read. */
export class LatencyWindow {
  readonly #counts = new Float64Array(LATENCY_SLOTS);
  #samples: { atMs: number; totals: Totals }[] = [];

  add(atMs: number, totals: Totals): void {
    this.#samples.push({ atMs, totals });
    // The newest that is at least a window old stays: differences are taken from it.
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? atMs) <= atMs - WINDOW_MS) this.#samples.shift();
  }

  /** µs; undefined: nothing was measured in the window. */
  p99Usec(container: string): number | undefined {
    const after = this.#samples.at(-1)?.totals.get(container);
    const before = this.#samples.length > 1 ? this.#samples[0]?.totals.get(container) : undefined;
    if (after === undefined || after === before) return undefined;
    const all = this.#counts.fill(0);
    for (const [label, sums] of after) {
      const was = before?.get(label);
      if (was === sums) continue;
      for (let slot = 0; slot < LATENCY_SLOTS; slot += 1) all[slot]! += Math.max(0, (sums[slot] ?? 0) - (was?.[slot] ?? 0));
    }
    return quantile(all, LATENCY_SLOTS, 0.99);
  }
}
