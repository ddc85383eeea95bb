import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { ChunkEncoder } from '#agent/store/history/chunk-encoder.js';
import { type Chunk, decodeChunk, decodeRow } from '#agent/store/history/codec.js';
import { ByteReader, ByteWriter } from '#agent/store/history/varint.js';

const SAFE = Number.MAX_SAFE_INTEGER;
/** One for all: what it keeps from one chunk must not show in the next. */
const ENCODER = new ChunkEncoder();
const encodeChunk = (chunk: Chunk): Buffer => ENCODER.encode(chunk);

test('Any whole number a double holds is read as it was written', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: SAFE }), fc.integer({ min: -SAFE, max: SAFE }))), (pairs) => {
      const writer = new ByteWriter();
      for (const [unsigned, signed] of pairs) {
        writer.unsigned(unsigned);
        writer.signed(signed);
      }
      const reader = new ByteReader(writer.bytes());
      for (const [unsigned, signed] of pairs) {
        assert.equal(reader.unsigned(), unsigned);
        assert.equal(reader.signed(), signed);
      }
      assert.ok(reader.done);
    }),
  );
});

const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
/** Values as kernels have them: counters, percentages with two decimals, rates, and none. */
const value = fc.oneof(
  fc.constant(Number.NaN),
  fc.integer({ min: 0, max: 2 ** 40 }),
  fc.integer({ min: 0, max: 10_000 }).map((number) => number / 100),
  fc.double({ min: -1e9, max: 1e9, noNaN: true }),
);
const chunk = fc.integer({ min: 1, max: 80 }).chain((rows) =>
  fc.record({
    times: fc
      .array(time, { minLength: rows, maxLength: rows })
      .map((times) => Float64Array.from(times.toSorted((a, b) => a - b))),
    columns: fc.array(
      fc.record({
        field: fc.integer({ min: 0, max: 100_000 }),
        decimals: fc.integer({ min: 0, max: 5 }),
        values: fc.array(value, { minLength: rows, maxLength: rows }).map((values) => Float64Array.from(values)),
      }),
      { maxLength: 12 },
    ),
  }),
);

test('A chunk is read as it was written, to the decimals of each column', () => {
  fc.assert(
    fc.property(chunk, (written) => {
      const read = decodeChunk(encodeChunk(written));
      assert.deepEqual([...read.times], [...written.times]);
      assert.deepEqual(read.columns, rounded(written));
      const bytes = encodeChunk(written);
      const row = read.times.length >> 1;
      // Times may be alike here: the first of them is meant.
      const at = read.times.indexOf(read.times[row]!);
      const expected = new Map(read.columns.map(({ field, values }) => [field, values[at]]));
      assert.deepEqual(decodeRow(bytes, read.times[row]!), expected);
      assert.equal(decodeRow(bytes, -1), undefined);
    }),
    { numRuns: 300 },
  );
});

test('What is not finite, or not exact, counts as none', () => {
  const values = Float64Array.from([1, Number.POSITIVE_INFINITY, 2 ** 60, -0.2, Number.NaN, 3]);
  const times = Float64Array.from(values, (_, row) => row);
  const { columns } = decodeChunk(encodeChunk({ times, columns: [{ field: 1, decimals: 0, values }] }));
  assert.deepEqual([...columns[0]!.values], [1, Number.NaN, Number.NaN, 0, Number.NaN, 3]);
});

test('What does not change, and what no row has, costs next to nothing', () => {
  const times = Float64Array.from({ length: 60 }, (_, row) => 1_790_000_000_000 + row * 1000);
  const still = Array.from({ length: 40 }, (_, field) => ({
    field,
    decimals: 2,
    values: new Float64Array(60).fill(field * 1e6),
  }));
  const none = { field: 99, decimals: 2, values: new Float64Array(60).fill(Number.NaN) };
  const bytes = encodeChunk({ times, columns: [...still, none] });
  assert.ok(bytes.length < 300, `${bytes.length} bytes`);
  assert.equal(decodeChunk(bytes).columns.length, 40);
});

test('Bytes that are no chunk are refused, whatever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const chunk = Buffer.concat([Buffer.of(1), deflateRawSync(bytes)]);
      try {
        decodeChunk(chunk);
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }),
  );
  assert.throws(() => decodeChunk(Buffer.of(1, 255, 255)), /invalid|unexpected/);
  assert.throws(() => decodeChunk(Buffer.of(9, 0)), /version 9/);
});

function rounded({ columns }: Chunk): Chunk['columns'] {
  return columns
    .map(({ values, decimals, ...rest }) => {
      const scale = 10 ** decimals;
      const exact = (each: number): boolean => Math.abs(Math.round(each * scale)) <= 2 ** 52;
      return {
        ...rest,
        decimals,
        values: values.map((each) => (exact(each) ? (Math.round(each * scale) + 0) / scale : Number.NaN)),
      };
    })
    .filter(({ values }) => values.some((each) => !Number.isNaN(each)));
}
