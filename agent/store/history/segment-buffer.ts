import type { FigureNames } from './figure-names.js';
import type { Segment, SubjectFacts } from './segment.js';

/** In place of a row. */
const NEVER = 0xffff;

/**
 * Gathers the rows of one subject, figure by figure, until there are as many as fit. There is one for every container, and most figures stay
 * what they are for a minute: only those that move take a number a row.
 */
export class SegmentBuffer {
  readonly facts: SubjectFacts;
  readonly #names: FigureNames;
  readonly #capacity: number;
  readonly #times: Float64Array;
  /** Of a figure that has stayed what it is: its value, and the first and last row that has it. */
  #still: Float64Array;
  #from: Uint16Array;
  #to: Uint16Array;
  /** Of one that has not: its value in each row. */
  readonly #moving: (Float64Array | undefined)[] = [];
  #rows = 0;
  /** What the next figure likely is: they come in the same order each time. */
  #cursor = 0;

  constructor(facts: SubjectFacts, names: FigureNames, capacity: number) {
    this.facts = facts;
    this.#names = names;
    this.#capacity = capacity;
    this.#times = new Float64Array(capacity);
    this.#still = new Float64Array(names.size);
    this.#from = new Uint16Array(names.size).fill(NEVER);
    this.#to = new Uint16Array(names.size);
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
    const figure = this.#names.numberOf(name, this.#cursor);
    this.#cursor = figure + 1;
    if (figure >= this.#still.length) this.#grow();
    const row = this.#rows - 1;
    const moving = this.#moving[figure];
    if (moving !== undefined) moving[row] = value;
    else if (this.#from[figure] === NEVER) {
      this.#still[figure] = value;
      this.#from[figure] = row;
      this.#to[figure] = row;
    } else if (this.#to[figure] === row - 1 && Object.is(this.#still[figure], value)) this.#to[figure] = row;
    else this.#move(figure)[row] = value;
  };

  /** What was gathered; the buffer is done with. Undefined: nothing was. */
  take(): Segment | undefined {
    const rows = this.#rows;
    if (rows === 0) return undefined;
    const figures: number[] = [];
    for (let figure = 0; figure < this.#from.length; figure += 1) if (this.#from[figure] !== NEVER) figures.push(figure);
    const values = new Float64Array(figures.length * rows).fill(Number.NaN);
    for (const [column, figure] of figures.entries()) {
      const moving = this.#moving[figure];
      if (moving !== undefined) values.set(moving.subarray(0, rows), column * rows);
      else this.#lay(figure, values, column * rows);
    }
    return {
      facts: this.facts,
      times: this.#times.slice(0, rows),
      names: figures.map((each) => this.#names.nameOf(each)),
      values,
    };
  }

  #move(figure: number): Float64Array {
    const values = new Float64Array(this.#capacity).fill(Number.NaN);
    this.#lay(figure, values, 0);
    this.#moving[figure] = values;
    return values;
  }

  #lay(figure: number, values: Float64Array, at: number): void {
    values.fill(this.#still[figure] as number, at + (this.#from[figure] as number), at + (this.#to[figure] as number) + 1);
  }

  #grow(): void {
    const { size } = this.#names;
    const [still, from, to] = [new Float64Array(size), new Uint16Array(size).fill(NEVER), new Uint16Array(size)];
    still.set(this.#still);
    from.set(this.#from);
    to.set(this.#to);
    this.#still = still;
    this.#from = from;
    this.#to = to;
  }
}
