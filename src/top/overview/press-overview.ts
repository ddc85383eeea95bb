import { openContainer } from '#src/top/container/screen.js';
import { columnsDialog } from '#src/top/dialog/columns-dialog.js';
import type { Step } from '#src/top/effect.js';
import type { TopState } from '#src/top/state.js';
import { arranged, moved, tableRows } from './arrange.js';
import { shownColumns } from './layout.js';

type Press = (state: TopState) => TopState;

const PRESSES: Readonly<Record<string, Press>> = {
  up: (state) => up(state, 1),
  'C-p': (state) => up(state, 1),
  down: (state) => up(state, -1),
  j: (state) => up(state, -1),
  'C-n': (state) => up(state, -1),
  pageup: (state) => up(state, tableRows(state)),
  'C-b': (state) => up(state, tableRows(state)),
  pagedown: (state) => up(state, -tableRows(state)),
  'C-f': (state) => up(state, -tableRows(state)),
  'C-u': (state) => up(state, Math.ceil(tableRows(state) / 2)),
  'C-d': (state) => up(state, -Math.ceil(tableRows(state) / 2)),
  home: (state) => up(state, Number.MAX_SAFE_INTEGER),
  g: (state) => up(state, Number.MAX_SAFE_INTEGER),
  end: (state) => up(state, -Number.MAX_SAFE_INTEGER),
  G: (state) => up(state, -Number.MAX_SAFE_INTEGER),
  left: (state) => scrolled(state, -1),
  right: (state) => scrolled(state, 1),
  tab: otherFocus,
  backtab: otherFocus,
  '/': (state) => changed(state, { typing: true }),
  f: (state) => changed(state, { typing: true }),
  o: nextSort,
  O: (state) => sorted(state, { ...state.overview.sort, reverse: !state.overview.sort.reverse }),
  m: markOne,
  insert: markOne,
  M: markAll,
  c: (state) => ({ ...state, dialog: columnsDialog(state) }),
  enter: opened,
};

/** A key of the overview; undefined: it means nothing here. Pure. */
export function pressOverview(state: TopState, key: string): Step<TopState> | undefined {
  const press = key === 'k' && state.settings.vim === true ? PRESSES.up : PRESSES[key];
  if (press === undefined) return undefined;
  const next = press(state);
  const remember = next.settings !== state.settings;
  return { state: next, effects: remember ? [{ kind: 'remember', settings: next.settings }] : [] };
}

function changed(state: TopState, change: Partial<TopState['overview']>): TopState {
  return { ...state, overview: { ...state.overview, ...change } };
}

/** The cursor, or the events where they have the arrows. */
function up(state: TopState, rows: number): TopState {
  if (state.overview.focus === 'table') return moved(state, -rows);
  const most = Math.max(0, state.events.length - 1);
  return changed(state, { eventsUp: Math.max(0, Math.min(most, state.overview.eventsUp + rows)) });
}

function scrolled(state: TopState, by: number): TopState {
  const most = Math.max(0, shownColumns(state.settings.columns, state.size.columns).length - 2);
  return changed(state, { left: Math.max(0, Math.min(most, state.overview.left + by)) });
}

function otherFocus(state: TopState): TopState {
  return changed(state, { focus: state.overview.focus === 'table' ? 'events' : 'table' });
}

function nextSort(state: TopState): TopState {
  const names = shownColumns(state.settings.columns, state.size.columns).map(({ column }) => column.name);
  const next = names[(names.indexOf(state.overview.sort.column) + 1) % names.length] ?? 'name';
  return sorted(state, { column: next, reverse: false });
}

/** By this column; remembered. */
export function sorted(state: TopState, sort: TopState['overview']['sort']): TopState {
  const next = changed({ ...state, settings: { ...state.settings, sort } }, { sort });
  return arranged(next);
}

function markOne(state: TopState): TopState {
  const { cursor, marked } = state.overview;
  if (cursor === undefined) return state;
  const next = new Set(marked);
  if (!next.delete(cursor)) next.add(cursor);
  return moved(changed(state, { marked: next }), 1);
}

function markAll(state: TopState): TopState {
  const { order, marked } = state.overview;
  return changed(state, { marked: order.every((id) => marked.has(id)) ? new Set() : new Set(order) });
}

function opened(state: TopState): TopState {
  const { cursor } = state.overview;
  const row = cursor === undefined ? undefined : state.rows.get(cursor);
  return row === undefined ? state : { ...state, container: openContainer(row.id, row.name) };
}
