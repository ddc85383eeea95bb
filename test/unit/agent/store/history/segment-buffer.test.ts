import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FigureNames } from '#agent/store/history/figure-names.js';
import { SegmentBuffer } from '#agent/store/history/segment-buffer.js';

const FACTS = { id: 'a', name: 'a', image: '', labels: {}, runtime: 'tsgov', cgroup: '/a', limits: {} };

test('whatever rows are set, with figures that stay, move, pause and come late, they come out as they were set', () => {
  const value = fc.oneof(fc.constantFrom(0, -0, 1, Number.NaN), fc.double());
  const row = fc.dictionary(fc.constantFrom('x', 'y', 'z', 'toString'), value);
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 12 }), fc.array(fc.constantFrom('y', 'w', 'x')), (rows, known) => {
      const names = new FigureNames();
      for (const name of known) names.numberOf(name, 0);
      const buffer = new SegmentBuffer(FACTS, names, 12);
      for (const [index, figures] of rows.entries()) {
        buffer.begin(index * 1000);
        for (const [name, figure] of Object.entries(figures)) buffer.set(name, figure);
      }
      const segment = buffer.take();
      assert.ok(segment !== undefined);
      assert.deepEqual(
        [...segment.times],
        rows.map((_, index) => index * 1000),
      );
      assert.deepEqual(new Set(segment.names), new Set(rows.flatMap((each) => Object.keys(each))));
      for (const [column, name] of segment.names.entries())
        for (const [index, figures] of rows.entries()) {
          const expected = Object.hasOwn(figures, name) ? figures[name] : Number.NaN;
          assert.ok(Object.is(segment.values[column * rows.length + index], expected), `${name} in row ${index}`);
        }
    }),
  );
});

test('nothing was set, nothing is there; as many rows as fit', () => {
  assert.equal(new SegmentBuffer(FACTS, new FigureNames(), 2).take(), undefined);
  const buffer = new SegmentBuffer(FACTS, new FigureNames(), 2);
  buffer.begin(1);
  assert.equal(buffer.full, false);
  buffer.begin(2);
  assert.equal(buffer.full, true);
});
