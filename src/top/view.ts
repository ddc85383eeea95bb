import { filterColumn, viewBottom } from './bottom-view.js';
import { viewContainer } from './container/screen.js';
import { viewDialog } from './dialog/view-dialog.js';
import { BLANK, type Frame, type Line } from './frame.js';
import { viewEvents } from './overview/events-view.js';
import { overviewLayout } from './overview/layout.js';
import { viewNode } from './overview/node-view.js';
import { viewHead, viewRows } from './overview/table-view.js';
import type { TopState } from './state.js';
import { viewTitle } from './title-view.js';

/** The whole screen. Pure: the same state is the same frame. */
export function view(state: TopState): Frame {
  const { columns, rows } = state.size;
  const { lines, cursor } = drawn(state);
  const inside = cursor !== undefined && cursor.row < rows && cursor.column < columns;
  return inside ? { lines, cursor } : { lines };
}

function drawn(state: TopState): Frame {
  const { size, glyphs } = state;
  const room = { columns: size.columns, rows: Math.max(0, size.rows - 2) };
  const body =
    state.container === undefined ? viewOverview(state) : viewContainer(state.container, state, { size: room, glyphs });
  const middle = Array.from({ length: room.rows }, (_, row) => body[row] ?? BLANK);
  const lines = [viewTitle(state), ...middle, viewBottom(state)].slice(0, size.rows);
  if (state.dialog !== undefined) return viewDialog(state.dialog, lines, state);
  if (!state.overview.typing) return { lines };
  return { lines, cursor: { row: size.rows - 1, column: filterColumn(state) } };
}

function viewOverview(state: TopState): Line[] {
  const { size, glyphs } = state;
  const layout = overviewLayout(size, state.node?.cpus ?? 1);
  const part = (rows: number) => ({ size: { columns: size.columns, rows }, glyphs });
  const exactly = (lines: readonly Line[], rows: number) => Array.from({ length: rows }, (_, row) => lines[row] ?? BLANK);
  return [
    ...exactly(viewNode(state.node, part(layout.node.rows)), layout.node.rows),
    viewHead(state, part(1)),
    ...exactly(viewRows(state, part(layout.table.rows)), layout.table.rows),
    ...exactly(viewEvents(state, part(layout.events.rows)), layout.events.rows),
  ];
}
