import type { Glyphs } from './glyphs.js';
import { shareOf } from './share.js';

/** Eighths of a cell, from the left. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/**
 * A value of `max` as a bar of exactly `width` cells, with a mark (memory.high) where there is one. An unknown max gives an empty bar. Pure.
 */
export function bar(
  value: number,
  { max, mark, width, glyphs }: { max: number; mark?: number | undefined; width: number; glyphs: Glyphs },
): string {
  const cells = [...filled(shareOf(value, max), width, glyphs)];
  if (mark !== undefined && max > 0 && mark >= 0 && mark < max) {
    const at = Math.min(width - 1, Math.floor(shareOf(mark, max) * width));
    cells[at] = glyphs === 'unicode' ? '┃' : '!';
  }
  return cells.join('');
}

function filled(share: number, width: number, glyphs: Glyphs): string {
  if (glyphs === 'ascii') return '#'.repeat(Math.round(share * width)).padEnd(width, '.');
  const eighths = Math.round(share * width * 8);
  return ('█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!).padEnd(width, '·');
}
