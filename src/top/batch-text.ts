import type { Line } from './frame.js';
import { viewNode } from './overview/node-view.js';
import { viewHead, viewRows } from './overview/table-view.js';
import { lineWidth, sliceLine } from './slice-line.js';
import type { TopState } from './state.js';
import { viewTitle } from './title-view.js';

/** The overview as plain text with all rows, as wide as the state's size says. Pure. */
export function batchText(state: TopState): string {
  const { size, glyphs, overview } = state;
  const still = { ...state, overview: { ...overview, top: 0, cursor: undefined } };
  const look = (rows: number) => ({ size: { columns: size.columns, rows }, glyphs });
  const lines: Line[] = [
    viewTitle(still),
    ...viewNode(state.node, look(10)),
    viewHead(still, look(1)),
    ...viewRows(still, look(Math.max(1, overview.order.length))),
    [],
  ];
  return lines.map((line) => `${plain(line, size.columns)}\n`).join('');
}

function plain(line: Line, columns: number): string {
  const cut = lineWidth(line) > columns ? sliceLine(line, 0, columns) : line;
  return cut
    .map(({ text }) => text)
    .join('')
    .trimEnd();
}
