import type { Step } from '#src/top/effect.js';
import type { MouseInput } from '#src/top/input.js';
import type { TopState } from '#src/top/state.js';
import { moved } from './arrange.js';
import { overviewLayout } from './layout.js';
import { pressOverview, sorted } from './press-overview.js';
import { visibleColumns } from './table-view.js';

const WHEEL_ROWS = 3;

/** The mouse over the overview: rows, titles, the wheel. Pure. */
export function mouseOverview(state: TopState, input: MouseInput): Step<TopState> {
  const layout = overviewLayout(state.size, state.node?.cpus ?? 1);
  const inside = ({ top, rows }: { top: number; rows: number }) => input.row >= top && input.row < top + rows;
  const focus = inside(layout.events) ? 'events' : 'table';
  if (input.action === 'up' || input.action === 'down') {
    const by = input.action === 'up' ? -WHEEL_ROWS : WHEEL_ROWS;
    if (focus === 'table') return { state: moved(state, by), effects: [] };
    const eventsUp = Math.max(0, Math.min(Math.max(0, state.events.length - 1), state.overview.eventsUp - by));
    return { state: { ...state, overview: { ...state.overview, eventsUp } }, effects: [] };
  }
  if (input.row === layout.head) return titlePressed(state, input.column);
  if (inside(layout.events)) return { state: { ...state, overview: { ...state.overview, focus: 'events' } }, effects: [] };
  if (!inside(layout.table)) return { state, effects: [] };
  const id = state.overview.order[state.overview.top + input.row - layout.table.top];
  if (id === undefined) return { state, effects: [] };
  const there = { ...state, overview: { ...state.overview, cursor: id, focus: 'table' as const } };
  return input.action === 'double'
    ? (pressOverview(there, 'enter') ?? { state: there, effects: [] })
    : { state: there, effects: [] };
}

/** Sorts by the column that was pressed, the other way round where it is sorted by it already. */
function titlePressed(state: TopState, at: number): Step<TopState> {
  let left = 2;
  for (const { column, width } of visibleColumns(state)) {
    if (at >= left && at < left + width) {
      const { sort } = state.overview;
      const next = sorted(state, { column: column.name, reverse: sort.column === column.name && !sort.reverse });
      return { state: next, effects: [{ kind: 'remember', settings: next.settings }] };
    }
    left += width + 1;
  }
  return { state, effects: [] };
}
