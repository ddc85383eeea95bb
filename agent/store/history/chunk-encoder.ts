import { deflateRawSync } from 'node:zlib';
import { type Chunk, CONSTANT, DECIMALS_SHIFT, GAPS, LARGEST_NUMBER, VERSION } from './codec.js';
import { ByteWriter } from './varint.js';

/** deflate's own default, and what costs a third of it, for what is encoded anew soon. */
export const BEST = 6;
export const FAST = 1;

/** What is short needs no more; zlib's own take 270 KB, from the kernel and back to it for each chunk. */
const SHORT_BYTES = 8192;
const SHORT = { windowBits: 13, memLevel: 5 };
/** Most chunks are shorter; a buffer of zlib's own size would be 16 KiB of garbage each. */
const OUTPUT_BYTES = 2048;

/** Makes chunks, in memory that it keeps from one to the next. */
export class ChunkEncoder {
  readonly #writer = new ByteWriter();
  #numbers = new Float64Array();

  /**
   * A chunk in few bytes: each column as the differences of its whole numbers, divided by what they share, then deflated. A value is rounded to
   * the column's decimals; one that is not finite, or too large to be exact, counts as none. Columns without any value are left out.
   */
  encode({ times, columns }: Chunk, level = BEST): Buffer {
    const writer = this.#writer;
    writer.clear();
    writer.unsigned(times.length);
    writeSeries(writer, this.#wholeNumbers(times, 1));
    for (const { field, decimals, values, constant: isKnown } of columns) {
      const scale = 10 ** decimals;
      const present = this.#wholeNumbers(isKnown === true ? values.subarray(0, 1) : values, scale);
      if (present.length === 0) continue;
      const constant = isConstant(present);
      const gaps = isKnown !== true && present.length < values.length;
      writer.unsigned(field);
      writer.byte((constant ? CONSTANT : 0) | (gaps ? GAPS : 0) | (decimals << DECIMALS_SHIFT));
      if (gaps) writeMask(writer, values, scale);
      if (constant) writer.signed(present[0]!);
      else writeSeries(writer, present);
    }
    const bytes = writer.bytes();
    const options = { level, chunkSize: OUTPUT_BYTES, ...(bytes.length <= SHORT_BYTES && SHORT) };
    return Buffer.concat([Buffer.of(VERSION), deflateRawSync(bytes, options)]);
  }

  /** Those that are there, without gaps; good until the next. */
  #wholeNumbers(values: Float64Array, scale: number): Float64Array {
    if (this.#numbers.length < values.length) this.#numbers = new Float64Array(values.length);
    const numbers = this.#numbers;
    let count = 0;
    for (let row = 0; row < values.length; row += 1) {
      const number = Math.round(values[row]! * scale);
      // + 0: Math.round makes -0 of what is just below zero.
      if (Math.abs(number) <= LARGEST_NUMBER) numbers[count++] = number + 0;
    }
    return numbers.subarray(0, count);
  }
}

function isConstant(numbers: Float64Array): boolean {
  for (let row = 1; row < numbers.length; row += 1) if (numbers[row] !== numbers[0]) return false;
  return true;
}

/** The first number, what the differences share, and the differences in that. */
function writeSeries(writer: ByteWriter, numbers: Float64Array): void {
  let shared = 0;
  for (let row = 1; row < numbers.length && shared !== 1; row += 1)
    shared = greatestCommonDivisor(shared, Math.abs(numbers[row]! - numbers[row - 1]!));
  const unit = Math.max(1, shared);
  writer.unsigned(unit);
  if (numbers.length > 0) writer.signed(numbers[0]!);
  for (let row = 1; row < numbers.length; row += 1) writer.signed((numbers[row]! - numbers[row - 1]!) / unit);
}

function greatestCommonDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

function writeMask(writer: ByteWriter, values: Float64Array, scale: number): void {
  for (let row = 0; row < values.length; row += 8) {
    let byte = 0;
    for (let bit = 0; bit < 8; bit += 1) if (Math.abs(Math.round(values[row + bit]! * scale)) <= LARGEST_NUMBER) byte |= 1 << bit;
    writer.byte(byte);
  }
}
