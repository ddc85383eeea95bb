import type { Frame, Line, Span } from '#src/top/frame.js';
import { lineWidth, sliceLine } from '#src/top/slice-line.js';
import type { TopState } from '#src/top/state.js';
import { cut, displayWidth, safe } from '#src/top/text.js';
import type { Dialog } from './dialog.js';
import { kindOf } from './kinds.js';

const WIDEST = 110;

/** A dialog in a box over what is below. Pure. */
export function viewDialog(dialog: Dialog, below: readonly Line[], state: TopState): Frame {
  const { size, glyphs } = state;
  const width = Math.max(10, Math.min(WIDEST, size.columns - 4));
  const room = { columns: width - 4, rows: Math.max(1, size.rows - 4) };
  const kind = kindOf(dialog);
  const { lines, caret } = kind.view(dialog, state, { size: room, glyphs });
  const shown = lines.slice(0, room.rows);
  const left = Math.max(0, Math.floor((size.columns - width) / 2));
  const top = Math.max(0, Math.floor((size.rows - shown.length - 2) / 2));
  const edge = glyphs === 'unicode' ? UNICODE : ASCII;
  const title = cut(` ${safe(kind.title(dialog), glyphs)} `, width - 6, glyphs);
  const rule = (text: string): Span => ({ text, tone: 'rule' });
  const box: Line[] = [
    [
      rule(edge.topLeft + edge.across),
      { text: title, tone: 'title' },
      rule(edge.across.repeat(Math.max(0, width - 3 - displayWidth(title))) + edge.topRight),
    ],
    ...shown.map((line): Line => {
      const inner = sliceLine(line, 0, room.columns);
      const blank = { text: ' '.repeat(room.columns - lineWidth(inner)) };
      return [rule(`${edge.down} `), ...inner, blank, rule(` ${edge.down}`)];
    }),
    [rule(edge.bottomLeft + edge.across.repeat(width - 2) + edge.bottomRight)],
  ];
  const over = below.map((line, row): Line => {
    const part = box[row - top];
    if (part === undefined) return line;
    const before = sliceLine(line, 0, left);
    const gap = { text: ' '.repeat(Math.max(0, left - lineWidth(before))) };
    return [...before, gap, ...part, ...sliceLine(line, left + width, size.columns)];
  });
  if (caret === undefined) return { lines: over };
  return { lines: over, cursor: { row: top + 1 + caret.row, column: left + 2 + caret.column } };
}

const UNICODE = { topLeft: '┌', topRight: '┐', bottomLeft: '└', bottomRight: '┘', across: '─', down: '│' };
const ASCII = { topLeft: '+', topRight: '+', bottomLeft: '+', bottomRight: '+', across: '-', down: '|' };
