import { decimalsOf } from '#agent/store/history/decimals.js';
import type { Segment, SubjectFacts } from '#agent/store/history/segment.js';
import { ByteReader } from '#agent/store/history/varint.js';
import { LENGTH_BYTES, TAIL_MAGIC } from './format.js';

/** Some subjects of a tail. */
export interface TailPart {
  segments: Segment[];
  /** The first subject after those; undefined: there are no more. */
  next: number | undefined;
}

interface Wanted {
  facts: SubjectFacts;
  times: number[];
  /** The row as it is now, by figure; NaN: it has none. */
  row: Float64Array;
  /** All rows, one after the other, each as long as it was then. */
  rows: Float64Array[];
}

/**
 * Subjects from number `from` on, at most `most`, of a tail (./format.ts). What is not whole at its end is left out, and so is all from where
 * it makes no sense. Throws RangeError where it is no tail at all.
 */
export function readTail(bytes: Buffer, from: number, most: number): TailPart {
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
        const facts = reader.raw(reader.unsigned());
        if (subjects >= from && subjects < from + most)
          wanted.set(subjects, {
            facts: JSON.parse(Buffer.from(facts).toString()) as SubjectFacts,
            times: [],
            row: new Float64Array(),
            rows: [],
          });
        subjects += 1;
      }
      const time = reader.unsigned();
      while (!reader.done) {
        const subject = wanted.get(reader.unsigned());
        const row = reader.raw(reader.unsigned());
        if (subject !== undefined) add(subject, time, row, names.length);
      }
    } catch (error) {
      if (error instanceof RangeError || error instanceof SyntaxError) break;
      throw error;
    }
  }
  const segments = [...wanted.values()].flatMap((each) => (each.times.length === 0 ? [] : [segmentOf(each, names)]));
  return { segments, next: from + most < subjects ? from + most : undefined };
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

function add(subject: Wanted, time: number, changes: Uint8Array, figures: number): void {
  if (subject.times.at(-1) === time) throw new RangeError('a subject is in a tick twice');
  const row = new Float64Array(figures).fill(Number.NaN);
  row.set(subject.row);
  const reader = new ByteReader(changes);
  for (let figure = 0; !reader.done; figure += 1) {
    const word = reader.unsigned();
    figure += Math.floor(word / 2);
    if (figure >= figures) throw new RangeError('a figure without a name');
    const was = row[figure]!;
    row[figure] = word % 2 === 1 ? Number.NaN : (Number.isNaN(was) ? 0 : was) + reader.signed();
  }
  subject.times.push(time);
  subject.rows.push(row);
  subject.row = row;
}

/** Figures that had a value at least once. */
function segmentOf({ facts, times, row, rows }: Wanted, allNames: readonly string[]): Segment {
  const names: string[] = [];
  const columns: Float64Array[] = [];
  for (let figure = 0; figure < row.length; figure += 1) {
    const name = allNames[figure] ?? '';
    const scale = 10 ** decimalsOf(name);
    const column = new Float64Array(times.length);
    let some = false;
    for (let at = 0; at < rows.length; at += 1) {
      const value = rows[at]![figure] ?? Number.NaN;
      column[at] = value / scale;
      some ||= !Number.isNaN(value);
    }
    if (!some) continue;
    names.push(name);
    columns.push(column);
  }
  const values = new Float64Array(columns.length * times.length);
  for (const [index, column] of columns.entries()) values.set(column, index * times.length);
  return { facts, times: Float64Array.from(times), names, values };
}

function text(reader: ByteReader): string {
  return Buffer.from(reader.raw(reader.unsigned())).toString();
}
