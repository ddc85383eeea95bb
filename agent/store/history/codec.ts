import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { ByteReader, ByteWriter } from './varint.js';

/** One figure over the rows of a chunk. */
export interface Column {
  field: number;
  /** Decimals kept: values are whole multiples of 10^-decimals; 0 to 7. */
  decimals: number;
  /** A row each; NaN: none. */
  values: Float64Array;
}

/** Samples of one container, one after the other. */
export interface Chunk {
  /** Milliseconds since the epoch, rising. */
  times: Float64Array;
  columns: Column[];
}

/** deflate's own default, and what costs a third of it, for what is encoded anew soon. */
export const BEST = 6;
export const FAST = 1;

const VERSION = 1;
const CONSTANT = 1;
const GAPS = 2;
const DECIMALS_SHIFT = 2;
/** What a chunk inflates to is bounded, whatever the file holds. */
const LARGEST_CHUNK = 16 << 20;
const MOST_ROWS = 100_000;
/** The difference of two is still exact. */
const LARGEST_NUMBER = 2 ** 52;

/**
 * A chunk in few bytes: each column as the differences of its whole numbers, divided by what they share, then deflated. A value is rounded to
 * the column's decimals; one that is not finite, or too large to be exact, counts as none. Columns without any value are left out.
 */
export function encodeChunk({ times, columns }: Chunk, level = BEST): Buffer {
  const writer = new ByteWriter();
  writer.unsigned(times.length);
  writeSeries(writer, times.map(Math.round));
  for (const { field, decimals, values } of columns) {
    const scale = 10 ** decimals;
    const present = wholeNumbers(values, scale);
    if (present.length === 0) continue;
    const constant = isConstant(present);
    const gaps = present.length < values.length;
    writer.unsigned(field);
    writer.byte((constant ? CONSTANT : 0) | (gaps ? GAPS : 0) | (decimals << DECIMALS_SHIFT));
    if (gaps) writeMask(writer, values, scale);
    if (constant) writer.signed(present[0]!);
    else writeSeries(writer, present);
  }
  return Buffer.concat([Buffer.of(VERSION), deflateRawSync(writer.bytes(), { level })]);
}

/** What encodeChunk was given, rounded. Throws when it is no such chunk. */
export function decodeChunk(bytes: Uint8Array): Chunk {
  const reader = openChunk(bytes);
  const rows = rowsOf(reader);
  const times = readSeries(reader, rows);
  const columns: Column[] = [];
  while (!reader.done) {
    const field = reader.unsigned();
    const flags = reader.byte();
    const decimals = flags >> DECIMALS_SHIFT;
    const mask = (flags & GAPS) === 0 ? undefined : readMask(reader, rows);
    const count = mask === undefined ? rows : mask.filter(Boolean).length;
    const numbers = (flags & CONSTANT) === 0 ? readSeries(reader, count) : new Float64Array(count).fill(reader.signed());
    columns.push({ field, decimals, values: spread(numbers, mask, 10 ** decimals) });
  }
  return { times, columns };
}

function openChunk(bytes: Uint8Array): ByteReader {
  if (bytes[0] !== VERSION) throw new RangeError(`a history chunk of version ${bytes[0]} is not known`);
  return new ByteReader(inflateRawSync(bytes.subarray(1), { maxOutputLength: LARGEST_CHUNK }));
}

function rowsOf(reader: ByteReader): number {
  const rows = reader.unsigned();
  if (rows > MOST_ROWS) throw new RangeError(`a history chunk of ${rows} rows`);
  return rows;
}

/** The values of one row of a chunk by field, and NaN for none; undefined: there is no row at `timeMs`. A third of what decodeChunk costs. */
export function decodeRow(bytes: Uint8Array, timeMs: number): Map<number, number> | undefined {
  const reader = openChunk(bytes);
  const rows = rowsOf(reader);
  const row = readSeries(reader, rows).indexOf(timeMs);
  if (row < 0) return undefined;
  const values = new Map<number, number>();
  while (!reader.done) {
    const field = reader.unsigned();
    const flags = reader.byte();
    const mask = (flags & GAPS) === 0 ? undefined : readMask(reader, rows);
    const count = mask === undefined ? rows : mask.filter(Boolean).length;
    const at = mask === undefined ? row : mask[row] === true ? mask.slice(0, row).filter(Boolean).length : -1;
    const number = (flags & CONSTANT) === 0 ? reader.seriesAt(count, at) : reader.signed();
    values.set(field, at < 0 ? Number.NaN : number / 10 ** (flags >> DECIMALS_SHIFT));
  }
  return values;
}

/** Those that are there, without gaps. */
function wholeNumbers(values: Float64Array, scale: number): Float64Array {
  const numbers = new Float64Array(values.length);
  let count = 0;
  for (let row = 0; row < values.length; row += 1) {
    const number = Math.round(values[row]! * scale);
    // + 0: Math.round makes -0 of what is just below zero.
    if (Math.abs(number) <= LARGEST_NUMBER) numbers[count++] = number + 0;
  }
  return numbers.subarray(0, count);
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

function readSeries(reader: ByteReader, count: number): Float64Array<ArrayBuffer> {
  const unit = reader.unsigned();
  const numbers = new Float64Array(count);
  for (let row = 0; row < count; row += 1)
    numbers[row] = row === 0 ? reader.signed() : numbers[row - 1]! + reader.signed() * unit;
  return numbers;
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

function readMask(reader: ByteReader, rows: number): boolean[] {
  const mask: boolean[] = [];
  for (let row = 0; row < rows; row += 8) {
    const byte = reader.byte();
    for (let bit = 0; bit < 8 && row + bit < rows; bit += 1) mask.push((byte & (1 << bit)) !== 0);
  }
  return mask;
}

function spread(numbers: Float64Array<ArrayBuffer>, mask: readonly boolean[] | undefined, scale: number): Float64Array {
  if (mask === undefined) {
    if (scale !== 1) for (let row = 0; row < numbers.length; row += 1) numbers[row] = numbers[row]! / scale;
    return numbers;
  }
  const values = new Float64Array(mask.length);
  let next = 0;
  for (let row = 0; row < mask.length; row += 1) values[row] = mask[row] === true ? numbers[next++]! / scale : Number.NaN;
  return values;
}
