import type { Segment, SubjectFacts } from '#agent/store/history/segment.js';
import { ByteReader } from '#agent/store/history/varint.js';
import { LENGTH_BYTES, TAIL_MAGIC } from './format.js';
import { TailRows } from './tail-rows.js';

/** Some subjects of a tail. */
export interface TailPart {
  /** Each is good until the next is taken. */
  segments: Iterable<Segment>;
  /** The first subject after those; undefined: there are no more. */
  next: number | undefined;
}

interface Wanted {
  facts: SubjectFacts;
  rows: TailRows;
}

/** Reads tails, in memory that it keeps from one part to the next. */
export class TailReader {
  readonly #rows: TailRows[] = [];
  #values = new Float64Array();

  /**
   * Subjects from number `from` on, at most `most`, of a tail (./format.ts). What is not whole at its end is left out, and so is all from where
   * it makes no sense. Throws RangeError where it is no tail at all.
   */
  read(bytes: Buffer, from: number, most: number): TailPart {
    // Killed between making it and its first bytes.
    if (bytes.length < TAIL_MAGIC.length) return { segments: [], next: undefined };
    if (!bytes.subarray(0, TAIL_MAGIC.length).equals(TAIL_MAGIC)) throw new RangeError('this is no tail of history');
    const names: string[] = [];
    const wanted = new Map<number, Wanted>();
    let subjects = 0;
    for (const record of records(bytes)) {
      try {
        const reader = new ByteReader(record);
        for (let left = reader.unsigned(); left > 0; left -= 1) names.push(text(reader));
        for (let left = reader.unsigned(); left > 0; left -= 1) {
          if (subjects >= from && subjects < from + most)
            wanted.set(subjects, { facts: JSON.parse(text(reader)) as SubjectFacts, rows: this.#rowsOf(subjects - from) });
          else reader.passOver(reader.unsigned());
          subjects += 1;
        }
        const time = reader.unsigned();
        while (!reader.done) {
          const subject = wanted.get(reader.unsigned());
          const length = reader.unsigned();
          if (subject === undefined) reader.passOver(length);
          else subject.rows.add(time, reader, reader.at + length, names.length);
        }
      } catch (error) {
        if (error instanceof RangeError || error instanceof SyntaxError) break;
        throw error;
      }
    }
    return { segments: this.#segments(wanted, names), next: from + most < subjects ? from + most : undefined };
  }

  *#segments(wanted: ReadonlyMap<number, Wanted>, names: readonly string[]): Generator<Segment> {
    for (const { facts, rows } of wanted.values()) if (rows.count > 0) yield rows.segment(facts, names, this.#room);
  }

  readonly #room = (numbers: number): Float64Array => {
    if (this.#values.length < numbers) this.#values = new Float64Array(numbers);
    return this.#values;
  };

  #rowsOf(index: number): TailRows {
    const rows = this.#rows[index] ?? new TailRows();
    this.#rows[index] = rows;
    rows.clear();
    return rows;
  }
}

/** Those that are there whole. */
function* records(bytes: Buffer): Generator<Buffer> {
  for (let at = TAIL_MAGIC.length; at + LENGTH_BYTES <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const start = at + LENGTH_BYTES;
    if (length === 0 || start + length > bytes.length) return;
    yield bytes.subarray(start, start + length);
    at = start + length;
  }
}

function text(reader: ByteReader): string {
  return Buffer.from(reader.raw(reader.unsigned())).toString();
}
