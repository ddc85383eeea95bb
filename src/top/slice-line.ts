import type { Line, Span } from './frame.js';
import { characterWidth, displayWidth } from './text.js';

/** Columns a line takes. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + displayWidth(text), 0);
}

/** The columns from `from` up to `to` of a line; half of a wide character is a blank. Pure. */
export function sliceLine(line: Line, from: number, to: number): Span[] {
  const kept: Span[] = [];
  let column = 0;
  for (const span of line) {
    const width = displayWidth(span.text);
    if (column >= from && column + width <= to) kept.push(span);
    else if (column < to && column + width > from) kept.push({ ...span, text: sliceText(span.text, from - column, to - column) });
    column += width;
    if (column >= to) break;
  }
  return kept;
}

function sliceText(text: string, from: number, to: number): string {
  let column = 0;
  let kept = '';
  for (const character of text) {
    const next = column + characterWidth(character);
    if (column >= from && next <= to) kept += character;
    else kept += ' '.repeat(Math.max(0, Math.min(next, to) - Math.max(column, from)));
    column = next;
    if (column >= to) break;
  }
  return kept;
}
