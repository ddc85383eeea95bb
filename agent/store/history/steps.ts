import type { HistoryView } from '#agent/contract/journal.js';
import type { Level } from './chunk-rows.js';

interface Series {
  sums: Float64Array;
  weights: Float64Array;
  least: Float64Array;
  largest: Float64Array;
}

/** Rows of history brought into steps of one length. */
export class Steps {
  readonly #firstMs: number;
  readonly #stepMs: number;
  readonly #length: number;
  /** Rows of each step; one that is a mean counts as its seconds. */
  readonly #covered: Float64Array;
  readonly #series = new Map<string, Series>();

  constructor(fromMs: number, toMs: number, stepMs: number) {
    this.#firstMs = Math.floor(fromMs / stepMs) * stepMs;
    this.#stepMs = stepMs;
    this.#length = Math.max(1, Math.ceil((toMs - this.#firstMs) / stepMs));
    this.#covered = new Float64Array(this.#length);
  }

  /** A row of a time that is asked for; answers its step. */
  begin(timeMs: number, level: Level): number {
    const step = Math.floor((timeMs - this.#firstMs) / this.#stepMs);
    this.#covered[step] = this.#covered[step]! + Math.max(1, level);
    return step;
  }

  /** A figure of a row; NaN: it had none. Without extremes it is its own. */
  add(step: number, name: string, value: number, least: number | undefined, largest: number | undefined, level: Level): void {
    if (Number.isNaN(value)) return;
    const series = this.#series.get(name) ?? this.#newSeries(name);
    const weight = Math.max(1, level);
    series.sums[step] = series.sums[step]! + value * weight;
    series.weights[step] = series.weights[step]! + weight;
    series.least[step] = Math.min(series.least[step]!, orValue(least, value));
    series.largest[step] = Math.max(series.largest[step]!, orValue(largest, value));
  }

  view(): Omit<HistoryView, 'id' | 'name'> {
    const first = Math.max(
      0,
      this.#covered.findIndex((rows) => rows > 0),
    );
    const end = this.#covered.findLastIndex((rows) => rows > 0) + 1;
    const times: string[] = [];
    for (let step = first; step < end; step += 1) times.push(new Date(this.#firstMs + step * this.#stepMs).toISOString());
    const names = [...this.#series.keys()].sort();
    const of = (read: (series: Series, step: number) => number) =>
      Object.fromEntries(
        names.map((name) => {
          const series = this.#series.get(name)!;
          const values: (number | null)[] = [];
          for (let step = first; step < end; step += 1) values.push(series.weights[step] === 0 ? null : read(series, step));
          return [name, values];
        }),
      );
    return {
      stepMs: this.#stepMs,
      times,
      samples: Array.from(this.#covered.subarray(first, Math.max(first, end))),
      fields: of(({ sums, weights }, step) => sums[step]! / weights[step]!),
      min: of(({ least }, step) => least[step]!),
      max: of(({ largest }, step) => largest[step]!),
    };
  }

  #newSeries(name: string): Series {
    const { length } = this.#covered;
    const series = {
      sums: new Float64Array(length),
      weights: new Float64Array(length),
      least: new Float64Array(length).fill(Number.POSITIVE_INFINITY),
      largest: new Float64Array(length).fill(Number.NEGATIVE_INFINITY),
    };
    this.#series.set(name, series);
    return series;
  }
}

function orValue(extreme: number | undefined, value: number): number {
  return extreme === undefined || Number.isNaN(extreme) ? value : extreme;
}
