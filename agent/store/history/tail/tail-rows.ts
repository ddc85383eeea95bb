import { decimalsOf } from '#agent/store/history/decimals.js';
import type { Segment, SubjectFacts } from '#agent/store/history/segment.js';
import type { ByteReader } from '#agent/store/history/varint.js';

/** Of a minute. */
const USUAL_ROWS = 64;

/** The rows of one subject, one after the other, in memory that is used again for another. */
export class TailRows {
  #cells = new Float64Array();
  /** Of a row. */
  #width = 0;
  readonly #times: number[] = [];
  /** By figure: 1 where it is not the same in all rows. */
  #varies = new Uint8Array();

  clear(): void {
    this.#times.length = 0;
    this.#varies.fill(0);
  }

  get count(): number {
    return this.#times.length;
  }

  /** The next row: what changed since the last is read from here to `end`. Throws RangeError, and adds nothing, where that makes no sense. */
  add(time: number, reader: ByteReader, end: number, figures: number): void {
    const { length } = this.#times;
    if (this.#times[length - 1] === time) throw new RangeError('a subject is in a tick twice');
    this.#room(length + 1, figures);
    const start = length * this.#width;
    if (length === 0) this.#cells.fill(Number.NaN, 0, this.#width);
    else this.#cells.copyWithin(start, start - this.#width, start);
    for (let figure = 0; reader.at < end; figure += 1) {
      const word = reader.unsigned();
      figure += Math.floor(word / 2);
      if (figure >= figures) throw new RangeError('a figure without a name');
      if (length > 0) this.#varies[figure] = 1;
      const was = this.#cells[start + figure]!;
      this.#cells[start + figure] = word % 2 === 1 ? Number.NaN : (Number.isNaN(was) ? 0 : was) + reader.signed();
    }
    if (reader.at !== end) throw new RangeError('a row is longer than it says');
    this.#times.push(time);
  }

  /** Figures that had a value at least once. Its values are in what `room` answers, which has at least so many numbers. */
  segment(facts: SubjectFacts, allNames: readonly string[], room: (numbers: number) => Float64Array): Segment {
    const rows = this.#times.length;
    const figures = Math.min(this.#width, allNames.length);
    const names: string[] = [];
    const values = room(figures * rows);
    const constant = new Uint8Array(figures);
    for (let figure = 0; figure < figures; figure += 1) {
      const name = allNames[figure]!;
      const scale = 10 ** decimalsOf(name);
      const from = names.length * rows;
      const some = this.#varies[figure] === 1 ? this.#column(figure, scale, values, from) : !Number.isNaN(this.#cells[figure]!);
      if (!some) continue;
      if (this.#varies[figure] !== 1) values.fill(this.#cells[figure]! / scale, from, from + rows);
      constant[names.length] = this.#varies[figure] === 1 ? 0 : 1;
      names.push(name);
    }
    const times = Float64Array.from(this.#times);
    return { facts, times, names, values: values.subarray(0, names.length * rows), constant };
  }

  /** Whether it has a value in any row. */
  #column(figure: number, scale: number, values: Float64Array, from: number): boolean {
    let some = false;
    for (let row = 0; row < this.#times.length; row += 1) {
      const value = this.#cells[row * this.#width + figure]!;
      values[from + row] = value / scale;
      some ||= !Number.isNaN(value);
    }
    return some;
  }

  #room(rows: number, figures: number): void {
    if (figures > this.#width) this.#widen(figures);
    if (rows * this.#width <= this.#cells.length) return;
    const larger = new Float64Array(Math.max(rows * 2, USUAL_ROWS) * this.#width);
    larger.set(this.#cells);
    this.#cells = larger;
  }

  #widen(width: number): void {
    const rows = this.#times.length;
    const wider = new Float64Array(Math.max(rows, USUAL_ROWS) * width).fill(Number.NaN);
    for (let row = 0; row < rows; row += 1)
      wider.set(this.#cells.subarray(row * this.#width, (row + 1) * this.#width), row * width);
    this.#cells = wider;
    this.#width = width;
    const varies = new Uint8Array(width);
    varies.set(this.#varies);
    this.#varies = varies;
  }
}
