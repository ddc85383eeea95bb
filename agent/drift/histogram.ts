/** A Prometheus histogram: how many observations were at most each bound, their sum and number. */
export class Histogram {
  readonly bounds: readonly number[];
  /** Not cumulated; the last counts what is above every bound. */
  readonly #counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const index = this.bounds.findIndex((bound) => value <= bound);
    const at = index < 0 ? this.bounds.length : index;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.sum += value;
  }

  /** Observations at most each bound, the last of them all there are. */
  cumulated(): number[] {
    let sum = 0;
    return this.#counts.map((count) => {
      sum += count;
      return sum;
    });
  }
}
