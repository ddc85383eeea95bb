import type { Glyphs } from './glyphs.js';
import { shareOf } from './share.js';

export interface GraphArea {
  /** Cells. */
  width: number;
  height: number;
  /** What the top of the graph stands for; larger values are cut. */
  max: number;
  glyphs: Glyphs;
}

/** Dots of a braille cell by column, from the bottom up. */
const DOTS = [
  [0x40, 0x04, 0x02, 0x01],
  [0x80, 0x20, 0x10, 0x08],
] as const;
const BRAILLE = 0x2800;
const ROWS_IN_CELL = 4;

/** Values a graph of this width shows, one a column of dots. */
export function graphColumns({ width, glyphs }: Pick<GraphArea, 'width' | 'glyphs'>): number {
  return glyphs === 'unicode' ? width * 2 : width;
}

/**
 * A filled graph as lines, the top first, each exactly `width` cells: the last graphColumns() values, the newest at the right. Undefined is a gap;
 * what is more than nothing shows as at least a dot, and nothing as a base line. Pure.
 */
export function lineGraph(values: readonly (number | undefined)[], area: GraphArea): string[] {
  const columns = graphColumns(area);
  const last = values.slice(-columns);
  const shown: (number | undefined)[] = [...Array<undefined>(columns - last.length).fill(undefined), ...last];
  return area.glyphs === 'unicode' ? braille(shown, area) : ascii(shown, area);
}

function braille(values: readonly (number | undefined)[], { width, height, max }: GraphArea): string[] {
  const dots = height * ROWS_IN_CELL;
  const heights = values.map((value) => heightOf(value, max, dots));
  return rows(height, (row) =>
    Array.from({ length: width }, (_, cell) => {
      const left = dotsOf(heights[cell * 2]!, row, 0);
      return String.fromCodePoint(BRAILLE + (left | dotsOf(heights[cell * 2 + 1]!, row, 1)));
    }).join(''),
  );
}

/** The dots of one column of a cell; `row` counts from the bottom. */
function dotsOf(height: number, row: number, column: 0 | 1): number {
  let bits = 0;
  for (let dot = 0; dot < ROWS_IN_CELL; dot += 1) if (height > row * ROWS_IN_CELL + dot) bits |= DOTS[column][dot]!;
  return bits;
}

/** Three steps a cell. */
const STEPS = ['.', ':', '|'];

function ascii(values: readonly (number | undefined)[], { height, max }: GraphArea): string[] {
  const heights = values.map((value) => heightOf(value, max, height * STEPS.length));
  return rows(height, (row) =>
    heights
      .map((each) => (each <= row * STEPS.length ? ' ' : STEPS[Math.min(STEPS.length, each - row * STEPS.length) - 1]!))
      .join(''),
  );
}

function heightOf(value: number | undefined, max: number, steps: number): number {
  return value === undefined ? 0 : Math.max(1, Math.round(shareOf(value, max) * steps));
}

function rows(height: number, line: (rowFromBottom: number) => string): string[] {
  return Array.from({ length: height }, (_, index) => line(height - 1 - index));
}
