import { printable } from './printable.js';

/** Blanks between columns, as Docker's tables have. */
const GAP = '   ';

/**
 * Rows under a header, every column as wide as its widest cell. Cells are made safe to print. `paint` may colour a cell once it is
 * padded (row index, column index).
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  paint: (text: string, row: number, column: number) => string = (text) => text,
): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = header.map((title, column) => Math.max(textWidth(title), ...cells.map((row) => textWidth(row[column] ?? ''))));
  const last = header.length - 1;
  const pad = (text: string, column: number) => (column === last ? text : text + ' '.repeat(widths[column]! - textWidth(text)));
  const lines = [header.map(pad).join(GAP)];
  for (const [index, row] of cells.entries())
    lines.push(row.map((text, column) => paint(pad(text, column), index, column)).join(GAP));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** East Asian wide and emoji characters take two columns, combining marks none. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/gu;
const ZERO = /\p{M}/gu;

/** Columns a text without control characters takes on a terminal. */
export function textWidth(text: string): number {
  return [...text.replace(ZERO, '')].length + (text.match(WIDE)?.length ?? 0);
}

/** At most `max` characters; a longer text ends in `…`. */
export function shorten(text: string, max: number): string {
  const characters = [...text];
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`;
}
