import type { TopState } from '#src/top/state.js';
import { overviewLayout } from './layout.js';
import { orderRows } from './sort-rows.js';

/** Rows of the table on the screen. */
export function tableRows({ size, node }: TopState): number {
  return overviewLayout(size, node?.cpus ?? 1).table.rows;
}

/** Sorts and filters anew, after rows, filter or sorting changed. The cursor stays with its container; where that is gone, in its place. Pure. */
export function arranged(state: TopState): TopState {
  const { overview, rows, node } = state;
  const order = orderRows(rows.values(), overview, { cpus: node?.cpus ?? 1, memoryBytes: node?.memoryTotalBytes ?? 0 });
  const kept = overview.cursor !== undefined && order.includes(overview.cursor);
  const place = overview.cursor === undefined ? 0 : Math.max(0, overview.order.indexOf(overview.cursor));
  const cursor = kept ? overview.cursor : order[Math.min(place, order.length - 1)];
  return inSight({ ...state, overview: { ...overview, order, cursor } });
}

/** Scrolls so that the cursor is on the screen, and no further than needed. Pure. */
export function inSight(state: TopState): TopState {
  const { overview } = state;
  const room = Math.max(1, tableRows(state));
  const at = overview.cursor === undefined ? 0 : overview.order.indexOf(overview.cursor);
  const last = Math.max(0, overview.order.length - room);
  const top = Math.min(last, Math.max(0, Math.min(Math.max(overview.top, at - room + 1), Math.max(0, at))));
  return top === overview.top ? state : { ...state, overview: { ...overview, top } };
}

/** The cursor so many rows on, at most to the ends. Pure. */
export function moved(state: TopState, by: number): TopState {
  const { order, cursor } = state.overview;
  const at = cursor === undefined ? 0 : order.indexOf(cursor);
  const next = order[Math.max(0, Math.min(order.length - 1, at + by))];
  return next === undefined ? state : inSight({ ...state, overview: { ...state.overview, cursor: next } });
}
