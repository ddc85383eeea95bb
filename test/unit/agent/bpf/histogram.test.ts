import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buckets, countOf, quantile, slotBound } from '#agent/bpf/histogram.js';

const SLOTS = 27;
const slots = (values: readonly number[]): Float64Array => {
  const found = new Float64Array(SLOTS);
  for (const value of values) {
    const slot = value < 2 ? 0 : Math.min(Math.floor(Math.log2(value)), SLOTS - 1);
    found[slot] = (found[slot] ?? 0) + 1;
  }
  return found;
};

test('a quantile lies in the slot of the value that it is, whatever the values', () => {
  const value = fc.integer({ min: 0, max: 2 ** 26 });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (values, q) => {
      const exact = values.toSorted((a, b) => a - b)[Math.ceil(q * values.length) - 1] ?? 0;
      const found = quantile(slots(values), SLOTS, q) ?? Number.NaN;
      const slot = exact < 2 ? 0 : Math.floor(Math.log2(exact));
      assert.ok(found >= (slot === 0 ? 0 : 2 ** slot) && found <= slotBound(slot), `${found} for ${exact}`);
    }),
  );
});

test('no values have no quantile; those beyond the last slot are in it', () => {
  assert.equal(quantile(new Float64Array(SLOTS), SLOTS, 0.99), undefined);
  assert.equal(quantile(slots([2 ** 40]), SLOTS, 1), slotBound(SLOTS - 1));
});

test('within a slot values are taken to lie evenly', () => {
  // 100 values in [1024, 2048): the half is in the middle.
  assert.equal(quantile(slots(Array.from({ length: 100 }, () => 1500)), SLOTS, 0.5), 1024 + 512);
});

test('buckets are cumulative at every second bound and hold all but the last slot', () => {
  const values = slots([0, 1, 3, 5, 100, 2 ** 26]);
  const found = buckets(values, 0, SLOTS);
  assert.deepEqual(found.slice(0, 3), [
    { le: 4, count: 3 },
    { le: 16, count: 4 },
    { le: 64, count: 4 },
  ]);
  assert.equal(found.at(-1)?.le, 2 ** 26);
  assert.equal(found.at(-1)?.count, 5);
  assert.equal(countOf(values, 0, SLOTS), 6);
});
