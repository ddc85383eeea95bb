import type { Glyphs } from './charts/glyphs.js';
import type { Line, Span } from './frame.js';
import { lineWidth } from './slice-line.js';
import { cut, displayWidth, fitted } from './text.js';

/** A line of exactly `width` columns: cut, or filled with blanks. */
export function fitLine(line: Line, width: number, glyphs: Glyphs): Span[] {
  const spans: Span[] = [];
  let left = width;
  for (const span of line) {
    if (left <= 0) break;
    const text = cut(span.text, left, glyphs);
    spans.push({ ...span, text });
    left -= displayWidth(text);
  }
  if (left > 0) spans.push({ text: fitted('', left, glyphs) });
  return spans;
}

/** One text at the left and one at the right of a line; where both do not fit, the left one is cut. */
export function sides(left: Line, right: Line, width: number, glyphs: Glyphs): Line {
  const rightWidth = Math.min(width, lineWidth(right));
  return [...fitLine(left, width - rightWidth, glyphs), ...fitLine(right, rightWidth, glyphs)];
}

/** Blocks side by side, `gap` columns apart; each block's lines are as wide as `widths` says. */
export function beside(blocks: readonly (readonly Line[])[], widths: readonly number[], gap: number, glyphs: Glyphs): Line[] {
  const height = Math.max(0, ...blocks.map(({ length }) => length));
  return Array.from({ length: height }, (_, row) =>
    blocks.flatMap((block, index) => [
      ...fitLine(block[row] ?? [], widths[index]!, glyphs),
      ...(index < blocks.length - 1 ? [{ text: ' '.repeat(gap) }] : []),
    ]),
  );
}

/** A text as lines of at most `width` columns, broken at blanks where it can be. */
export function wrap(text: string, width: number, glyphs: Glyphs): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (displayWidth(longer) <= width) current = longer;
    else {
      if (current !== '') lines.push(current);
      current = cut(word, width, glyphs);
    }
  }
  if (current !== '') lines.push(current);
  return lines;
}
