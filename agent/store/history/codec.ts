import { inflateRawSync } from 'node:zlib';
import { ByteReader } from './varint.js';

/** One figure over the rows of a chunk. */
export interface Column {
  field: number;
  /** Decimals kept: values are whole multiples of 10^-decimals; 0 to 7. */
  decimals: number;
  /** A row each; NaN: none. */
  values: Float64Array;
  /** It is known that all rows have the same value. */
  constant?: boolean;
}

/** Samples of one container, one after the other. */
export interface Chunk {
  /** Milliseconds since the epoch, rising. */
  times: Float64Array;
  columns: Column[];
}

export const VERSION = 1;
export const CONSTANT = 1;
export const GAPS = 2;
export const DECIMALS_SHIFT = 2;
/** What a chunk inflates to is bounded, whatever the file holds. */
const LARGEST_CHUNK = 16 << 20;
const MOST_ROWS = 100_000;
/** The difference of two is still exact. */
export const LARGEST_NUMBER = 2 ** 52;

/** What ChunkEncoder was given, rounded. Throws when it is no such chunk. */
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

function readSeries(reader: ByteReader, count: number): Float64Array<ArrayBuffer> {
  const unit = reader.unsigned();
  const numbers = new Float64Array(count);
  for (let row = 0; row < count; row += 1)
    numbers[row] = row === 0 ? reader.signed() : numbers[row - 1]! + reader.signed() * unit;
  return numbers;
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
