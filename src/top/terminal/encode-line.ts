import type { Line } from '#src/top/frame.js';
import { lineWidth, sliceLine } from '#src/top/slice-line.js';
import { displayWidth } from '#src/top/text.js';
import type { Theme } from '#src/top/theme.js';

const ASCII = /^[\x20-\x7e]*$/;

/**
 * One line as bytes for a terminal whose cursor stands at its beginning, exactly as wide as the screen. Behind what is not ASCII the cursor is put
 * where it belongs: terminals disagree about the width of some characters, and must not shift what follows.
 */
export function encodeLine(line: Line, columns: number, theme: Theme): string {
  const shown = lineWidth(line) > columns ? sliceLine(line, 0, columns) : line;
  let text = '';
  let column = 0;
  let style = '';
  for (const span of shown) {
    if (span.text === '') continue;
    const wanted = theme[span.tone ?? 'text'];
    if (wanted !== style) text += `\x1b[0${wanted === '' ? '' : `;${wanted}`}m`;
    style = wanted;
    text += span.text;
    column += displayWidth(span.text);
    if (!ASCII.test(span.text)) text += `\x1b[${Math.min(columns, column + 1)}G`;
  }
  if (column >= columns) return `${text}\x1b[0m`;
  // Erasing takes the background along only on some terminals.
  if (shown.at(-1)?.tone === 'cursor') return `${text}${' '.repeat(columns - column)}\x1b[0m`;
  return `${text}\x1b[0m\x1b[K`;
}
