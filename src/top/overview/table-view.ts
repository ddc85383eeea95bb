import type { Line, Look, Span, Tone } from '#src/top/frame.js';
import type { TopState } from '#src/top/state.js';
import { cut, fitted, safe } from '#src/top/text.js';
import type { CellContext } from './column.js';
import { shownColumns } from './layout.js';

type Shown = ReturnType<typeof visibleColumns>;

/** The columns on the screen: the name, then those not scrolled off. */
export function visibleColumns({ settings, overview, size }: Pick<TopState, 'settings' | 'overview' | 'size'>) {
  const all = shownColumns(settings.columns, size.columns);
  const left = Math.min(overview.left, Math.max(0, all.length - 2));
  return [...all.slice(0, 1), ...all.slice(1 + left)];
}

/** The head of the table: titles, the one that it is sorted by marked. Pure. */
export function viewHead(state: TopState, { glyphs }: Look): Line {
  const { sort } = state.overview;
  const arrow = { unicode: ['▼', '▲'], ascii: ['v', '^'] }[glyphs][sort.reverse ? 1 : 0]!;
  const spans: Span[] = [{ text: '  ', tone: 'head' }];
  for (const { column, width } of visibleColumns(state)) {
    const sorted = column.name === sort.column;
    const title = sorted ? `${cut(column.title, width - 1, glyphs)}${arrow}` : column.title;
    spans.push({ text: `${fitted(title, width, glyphs, column.align)} `, tone: sorted ? 'accent' : 'head' });
  }
  return spans;
}

/** The rows of the table that are on the screen, and nothing of those that are not. Pure. */
export function viewRows(state: TopState, look: Look): Line[] {
  const { overview, rows } = state;
  const columns = visibleColumns(state);
  const node = { cpus: state.node?.cpus ?? 1, memoryBytes: state.node?.memoryTotalBytes ?? 0 };
  const ids = overview.order.slice(overview.top, overview.top + look.size.rows);
  if (ids.length === 0) return [[{ text: emptyText(state), tone: 'dim' }]];
  return ids.flatMap((id) => {
    const row = rows.get(id);
    if (row === undefined) return [];
    const marked = overview.marked.has(id);
    const here = id === overview.cursor;
    const context: CellContext = { glyphs: look.glyphs, spark: state.sparks.get(id) ?? [], node };
    return [viewRow(row, columns, context, { here, marked, focused: overview.focus === 'table' })];
  });
}

function viewRow(
  row: Parameters<Shown[number]['column']['cell']>[0],
  columns: Shown,
  context: CellContext,
  { here, marked, focused }: { here: boolean; marked: boolean; focused: boolean },
): Line {
  const { glyphs } = context;
  const pointer = { unicode: '▶', ascii: '>' }[glyphs];
  const whole: Tone | undefined = here && focused ? 'cursor' : undefined;
  // What hurts keeps its colour under the cursor: the worst row is where the cursor is.
  const tone = (own: Tone | undefined): { tone: Tone } => ({
    tone: own === 'bad' || own === 'warn' ? own : (whole ?? (marked ? 'marked' : (own ?? 'text'))),
  });
  const spans: Span[] = [{ text: `${here ? pointer : ' '}${marked ? '*' : ' '}`, ...tone('accent') }];
  for (const { column, width } of columns) {
    const cell = column.cell(row, context);
    spans.push({ text: `${fitted(safe(cell.text, glyphs), width, glyphs, column.align)} `, ...tone(cell.tone) });
  }
  return spans;
}

function emptyText({ rows, overview, connection }: TopState): string {
  if (rows.size > 0) return `  nothing matches ${JSON.stringify(overview.filter)}; Esc drops the filter`;
  return connection.kind === 'connecting' ? '' : '  no containers';
}
