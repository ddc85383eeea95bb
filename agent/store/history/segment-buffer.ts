import type { Segment, SubjectFacts } from './segment.js';

const FIRST_FIGURES = 32;

/** Gathers the rows of one subject, figure by figure, until there are as many as fit. */
export class SegmentBuffer {
  readonly facts: SubjectFacts;
  readonly #capacity: number;
  readonly #times: Float64Array;
  readonly #names: string[] = [];
  readonly #columns = new Map<string, number>();
  #values: Float64Array;
  #rows = 0;
  /** Where the next figure likely is: they come in the same order each time. */
  #cursor = 0;

  constructor(facts: SubjectFacts, capacity: number) {
    this.facts = facts;
    this.#capacity = capacity;
    this.#times = new Float64Array(capacity);
    this.#values = new Float64Array(FIRST_FIGURES * capacity).fill(Number.NaN);
  }

  get full(): boolean {
    return this.#rows === this.#capacity;
  }

  /** Begins a row; `set` fills it. */
  begin(atMs: number): void {
    this.#times[this.#rows] = atMs;
    this.#rows += 1;
    this.#cursor = 0;
  }

  readonly set = (name: string, value: number): void => {
    const column = this.#names[this.#cursor] === name ? this.#cursor : (this.#columns.get(name) ?? this.#add(name));
    this.#values[column * this.#capacity + this.#rows - 1] = value;
    this.#cursor = column + 1;
  };

  /** What was gathered; the buffer is done with. Undefined: nothing was. */
  take(): Segment | undefined {
    const rows = this.#rows;
    if (rows === 0) return undefined;
    const values = new Float64Array(this.#names.length * rows);
    for (let column = 0; column < this.#names.length; column += 1)
      values.set(this.#values.subarray(column * this.#capacity, column * this.#capacity + rows), column * rows);
    return { facts: this.facts, times: this.#times.slice(0, rows), names: this.#names, values };
  }

  #add(name: string): number {
    const column = this.#names.length;
    this.#names.push(name);
    this.#columns.set(name, column);
    if ((column + 1) * this.#capacity > this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2).fill(Number.NaN);
      larger.set(this.#values);
      this.#values = larger;
    }
    return column;
  }
}
