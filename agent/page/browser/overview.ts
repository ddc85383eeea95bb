import type { UsageView } from '#agent/contract/usage.js';
import { plainText } from '#agent/page/view/format.js';
import { type Row, rowOf, type SortKey, sorted } from '#agent/page/view/rows.js';
import { h, setAttributes, setText } from './dom.js';
import { type RowView, rowView } from './row-view.js';

const COLUMNS: readonly { key?: SortKey; title: string; kind: string }[] = [
  { key: 'name', title: 'Container', kind: 'name' },
  { title: 'Status', kind: 'status' },
  { key: 'pressure', title: 'Pressure', kind: 'pressure' },
  { key: 'cpu', title: 'CPU', kind: 'cpu' },
  { key: 'memory', title: 'Memory', kind: 'memory' },
  { title: 'Processes', kind: 'pids' },
  { title: 'I/O read, write', kind: 'io' },
  { title: 'Policies', kind: 'policies' },
];

/** More rows at once are slow to draw, and nobody reads them: the rest is found by filter and order. */
const MOST_ROWS = 200;

export interface Overview {
  readonly element: HTMLElement;
  update(view: UsageView): void;
}

/** The table of containers, what waits most first; `onScope` when others are asked for too. */
export function overview(onScope: (others: boolean) => void, others: boolean): Overview {
  let key: SortKey = 'pressure';
  let rows: Row[] = [];
  const shown = new Map<string, RowView>();
  const body = h('tbody');
  const count = h('p', { class: 'count', role: 'status' });
  const filter = h('input', { type: 'search', id: 'filter', autocomplete: 'off', spellcheck: 'false' });
  const scope = h('input', { type: 'checkbox', id: 'others' });
  scope.checked = others;
  const empty = h('p', { class: 'empty', hidden: '' });
  const headers = COLUMNS.map((column) => header(column, (chosen) => choose(chosen)));

  const draw = (): void => {
    const matching = sorted(rows, key, filter.value);
    const wanted = matching.slice(0, MOST_ROWS);
    setText(count, countText(wanted.length, matching.length, rows.length));
    setText(empty, rows.length === 0 ? 'No container runs here.' : `Nothing matches “${plainText(filter.value)}”.`);
    empty.hidden = wanted.length > 0;
    place(body, shown, wanted);
  };
  const choose = (chosen: SortKey): void => {
    key = chosen;
    for (const { element, column } of headers)
      if (column.key !== undefined) setAttributes(element, { 'aria-sort': column.key === key ? sense(key) : 'none' });
    draw();
  };
  choose(key);
  filter.addEventListener('input', draw);
  scope.addEventListener('change', () => onScope(scope.checked));

  const controls = h(
    'div',
    { class: 'controls' },
    h('label', { for: 'filter' }, 'Filter'),
    filter,
    h('label', { class: 'check', for: 'others' }, scope, 'services and other cgroups too'),
    count,
  );
  const table = h(
    'table',
    { class: 'containers', 'aria-label': 'Containers' },
    h('thead', {}, h('tr', {}, ...headers.map(({ element }) => element))),
    body,
  );
  return {
    element: h('section', { 'aria-labelledby': 'overview' }, h('h2', { id: 'overview' }, 'Containers'), controls, table, empty),
    update: (view) => {
      rows = view.containers.map(rowOf);
      draw();
    },
  };
}

function countText(shown: number, matching: number, all: number): string {
  if (shown < matching) return `the first ${shown} of ${matching} shown; filter for others`;
  return shown === all ? `${all} shown` : `${shown} of ${all} shown`;
}

function sense(key: SortKey): string {
  return key === 'name' ? 'ascending' : 'descending';
}

function header(column: (typeof COLUMNS)[number], choose: (key: SortKey) => void) {
  const { key, title, kind } = column;
  if (key === undefined) return { column, element: h('th', { scope: 'col', class: kind }, title) };
  const button = h('button', { type: 'button' }, title);
  button.addEventListener('click', () => choose(key));
  return { column, element: h('th', { scope: 'col', class: kind }, button) };
}

/** Puts the rows into their order, moving as few as can be; what has the focus keeps it. */
function place(body: HTMLElement, shown: Map<string, RowView>, wanted: readonly Row[]): void {
  const focused = document.activeElement;
  const ids = new Set(wanted.map(({ usage }) => usage.id));
  for (const [id, view] of shown)
    if (!ids.has(id)) {
      view.element.remove();
      shown.delete(id);
    }
  let next = body.firstElementChild;
  for (const row of wanted) {
    let view = shown.get(row.usage.id);
    if (view === undefined) {
      view = rowView(row.usage.id);
      shown.set(row.usage.id, view);
    }
    view.update(row);
    if (view.element === next) next = next.nextElementSibling;
    else body.insertBefore(view.element, next);
  }
  if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected)
    focused.focus({ preventScroll: true });
}
