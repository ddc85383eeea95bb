import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bar } from '#src/top/charts/bar.js';
import type { Glyphs } from '#src/top/charts/glyphs.js';
import { heatStrip } from '#src/top/charts/heat-strip.js';
import { graphColumns, lineGraph } from '#src/top/charts/line-graph.js';
import { resample } from '#src/top/charts/resample.js';
import { sparkline } from '#src/top/charts/sparkline.js';

const glyphs = fc.constantFrom<Glyphs>('unicode', 'ascii');
const value = fc.oneof(
  fc.constantFrom(undefined, 0, Number.NaN, Number.POSITIVE_INFINITY),
  fc.double({ min: -10, max: 1e12, noNaN: true }),
);
const cells = (line: string): number => [...line].length;

test('Whatever is drawn, every line is as wide as asked and of one cell characters', () => {
  const ascii = /^[ -~]*$/;
  fc.assert(
    fc.property(
      fc.array(value),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 9 }),
      glyphs,
      value,
      (values, width, height, set, max) => {
        const area = { width, height, max: max ?? 0, glyphs: set };
        const lines = [
          ...lineGraph(values, area),
          sparkline(values, area),
          bar(values[0] ?? 0, { ...area, mark: values[1] }),
          ...heatStrip(
            values.map((each) => [each ?? 0, 1]),
            { ...area, slots: 2 },
          ),
        ];
        assert.equal(lines.length, height + 4);
        for (const line of lines) {
          assert.equal(cells(line), width, JSON.stringify(line));
          if (set === 'ascii') assert.match(line, ascii);
        }
      },
    ),
  );
});

test('A graph fills from the bottom, the newest at the right, with gaps where nothing is known', () => {
  const unicode = { width: 4, height: 2, max: 100, glyphs: 'unicode' } as const;
  assert.deepEqual(lineGraph([0, 25, 50, undefined, 75, 100], unicode), ['⠀⠀⠀⣼', '⠀⣠⡇⣿']);
  assert.deepEqual(lineGraph([0, 50, undefined, 100], { width: 4, height: 2, max: 100, glyphs: 'ascii' }), ['   |', '.| |']);
  assert.deepEqual(lineGraph([10, 1, 0], { width: 3, height: 1, max: 10, glyphs: 'ascii' }), ['|..']);
  assert.equal(lineGraph([4, 4], { width: 1, height: 1, max: 4, glyphs: 'unicode' })[0], '⣿');
  assert.equal(lineGraph([2, 4], { width: 1, height: 1, max: 4, glyphs: 'unicode' })[0], '⣼');
  assert.equal(graphColumns({ width: 10, glyphs: 'unicode' }), 20);
});

test('A sparkline shows little as little, nothing as a base line, and unknown as blank', () => {
  assert.equal(sparkline([0, 1, 50, 100, 900, undefined], { width: 7, max: 100, glyphs: 'unicode' }), ' ▁▁▄██ ');
  assert.equal(sparkline([0, 50, 100], { width: 3, max: 100, glyphs: 'ascii' }), '.=#');
});

test('A bar shows the share and where the mark is', () => {
  assert.equal(bar(50, { max: 100, mark: 80, width: 10, glyphs: 'ascii' }), '#####...!.');
  assert.equal(bar(90, { max: 100, mark: 80, width: 10, glyphs: 'ascii' }), '########!.');
  assert.equal(bar(55, { max: 100, width: 10, glyphs: 'unicode' }), '█████▌····');
  assert.equal(bar(5, { max: 0, mark: 3, width: 4, glyphs: 'ascii' }), '....');
});

test('One slow request among ten thousand shows in a heat strip', () => {
  assert.deepEqual(
    heatStrip(
      [
        [10_000, 0],
        [10_000, 1],
      ],
      { width: 3, slots: 2, glyphs: 'ascii' },
    ),
    ['  .', ' ##'],
  );
});

test('A series is brought to columns: means of many, held where steps are coarser, gaps stay gaps', () => {
  const window = { fromMs: 0, toMs: 8000, columns: 8 };
  const seconds = { timesMs: [0, 500, 1000, 2000, 6000], values: [1, 3, 5, null, 9], stepMs: 1000 };
  assert.deepEqual(resample(seconds, window), [2, 5, undefined, undefined, undefined, undefined, 9, undefined]);
  const coarse = { timesMs: [-2000, 0, 4000], values: [7, 1, 2], stepMs: 4000 };
  assert.deepEqual(resample(coarse, window), [1, 1, 1, 1, 2, 2, 2, 2]);
  assert.deepEqual(resample({ timesMs: [-2000], values: [7], stepMs: 4000 }, window).slice(0, 3), [7, 7, undefined]);
  assert.deepEqual(resample({ timesMs: [], values: [], stepMs: 1 }, { ...window, columns: 2 }), [undefined, undefined]);
});
