import type { Step } from '#src/top/effect.js';
import type { Line, Look, Size } from '#src/top/frame.js';
import type { KeyInput, MouseInput } from '#src/top/input.js';
import { fitLine } from '#src/top/lines.js';
import type { DataInput } from '#src/top/source.js';
import type { TopState } from '#src/top/state.js';
import type { Details } from './details.js';
import { headLines, TABS } from './head.js';
import { type PaneInput, type PaneView, recordedDetails } from './pane.js';
import { PANES, type PaneName, WINDOWS_MS } from './panes.js';
import { journalPane } from './view/journal.js';
import { latencyPane } from './view/latency.js';
import { limitsPane } from './view/limits.js';
import { logsPane } from './view/logs.js';
import { namespacesPane } from './view/namespaces.js';
import { processesPane } from './view/processes.js';
import { summaryPane } from './view/summary.js';
import { whyPane } from './view/why.js';

/**
 * The view of one container. Contract with the rest of the screen:
 * - `openContainer` makes its state when Enter is pressed on a row; Esc and `q` outside of its own modes close it (reduce.ts asks
 *   `pressContainer` first: `undefined` means "not mine", and the common keys apply: acts z L p s k r d e l on this container, ?, Space).
 * - `tellContainer` takes in `details` of this container.
 * - `viewContainer` draws the rows between the first line and the line at the bottom: `look.size` is that room.
 */
export interface ContainerScreen {
  readonly id: string;
  readonly name: string;
  readonly pane: PaneName;
  readonly windowMs: (typeof WINDOWS_MS)[number];
  /** Lines scrolled down in the pane; of the log, up from its end. */
  readonly top: number;
  readonly details: Partial<Details>;
}

export function openContainer(id: string, name: string): ContainerScreen {
  return { id, name, pane: 'summary', windowMs: WINDOWS_MS[1], top: 0, details: {} };
}

export function pressContainer(
  screen: ContainerScreen,
  input: KeyInput | MouseInput,
  state: TopState,
): Step<ContainerScreen> | undefined {
  const next =
    input.kind === 'key'
      ? pressed(screen, input.key === 'k' && state.settings.vim === true ? 'up' : input.key, state)
      : clicked(screen, input, state);
  return next && { state: next, effects: [] };
}

export function tellContainer(screen: ContainerScreen, input: Extract<DataInput, { kind: 'details' }>): ContainerScreen {
  return input.id === screen.id ? { ...screen, details: { ...screen.details, ...input.details } } : screen;
}

export function viewContainer(screen: ContainerScreen, state: TopState, look: Look): Line[] {
  const input = paneInput(screen, state);
  const head = headLines(screen, input, state, look);
  const rows = Math.max(0, look.size.rows - head.length);
  const lines = PANE_VIEWS[screen.pane](input, { ...look, size: { ...look.size, rows } });
  const start =
    screen.pane === 'logs'
      ? Math.max(0, lines.length - rows - screen.top)
      : Math.min(screen.top, Math.max(0, lines.length - rows));
  return [...head, ...lines.slice(start, start + rows).map((line) => fitLine(line, look.size.columns, look.glyphs))];
}

const PANE_VIEWS: Readonly<Record<PaneName, PaneView>> = {
  summary: summaryPane,
  limits: limitsPane,
  processes: processesPane,
  latency: latencyPane,
  why: whyPane,
  journal: journalPane,
  logs: logsPane,
  namespaces: namespacesPane,
};

/** Panes that fill their room exactly. */
const FITTING: ReadonlySet<PaneName> = new Set(['summary', 'latency']);

/** The first line and the last are not this view's. */
const OTHERS_ROWS = 2;

function paneInput({ name, id, details, windowMs }: ContainerScreen, state: TopState): PaneInput {
  const recorded = state.connection.kind === 'recorded';
  return {
    name,
    details: recorded ? recordedDetails(details) : details,
    row: state.rows.get(id),
    node: { cpus: state.node?.cpus ?? 1, memoryBytes: state.node?.memoryTotalBytes ?? 0 },
    toMs:
      state.connection.kind === 'recorded' ? state.connection.atMs : (details.samples?.at(-1)?.atMs ?? state.atMs ?? state.nowMs),
    windowMs,
    recorded,
  };
}

function pressed(screen: ContainerScreen, key: string, state: TopState): ContainerScreen | undefined {
  const number = PANES[Number(key) - 1];
  if (/^[1-8]$/.test(key) && number !== undefined) return open(screen, number);
  const index = PANES.indexOf(screen.pane);
  switch (key) {
    case 'tab':
    case 'right':
      return open(screen, PANES[(index + 1) % PANES.length]!);
    case 'backtab':
    case 'left':
      return open(screen, PANES[(index + PANES.length - 1) % PANES.length]!);
    case '[':
      return withWindow(screen, -1);
    case ']':
      return withWindow(screen, 1);
    case 'up':
    case 'down':
    case 'j':
    case 'pageup':
    case 'pagedown':
    case 'home':
    case 'end':
    case 'g':
    case 'G':
    case 'C-p':
    case 'C-n':
    case 'C-b':
    case 'C-f':
      return scrolled(screen, key, state);
    default:
      return undefined;
  }
}

function open(screen: ContainerScreen, pane: PaneName): ContainerScreen {
  return { ...screen, pane, top: 0 };
}

function withWindow(screen: ContainerScreen, direction: -1 | 1): ContainerScreen {
  const index = WINDOWS_MS.indexOf(screen.windowMs) + direction;
  const windowMs = WINDOWS_MS[Math.min(WINDOWS_MS.length - 1, Math.max(0, index))]!;
  return windowMs === screen.windowMs ? screen : { ...screen, windowMs };
}

function scrolled(screen: ContainerScreen, key: string, state: TopState): ContainerScreen {
  const { page, most } = scrollRoom(screen, state);
  const fromEnd = screen.pane === 'logs';
  const to: Record<string, number> = {
    up: screen.top + (fromEnd ? 1 : -1),
    down: screen.top + (fromEnd ? -1 : 1),
    pageup: screen.top + (fromEnd ? page : -page),
    pagedown: screen.top + (fromEnd ? -page : page),
    home: fromEnd ? most : 0,
    end: fromEnd ? 0 : most,
  };
  const wanted =
    to[{ j: 'down', g: 'home', G: 'end', 'C-p': 'up', 'C-n': 'down', 'C-b': 'pageup', 'C-f': 'pagedown' }[key] ?? key] ?? 0;
  return { ...screen, top: Math.max(0, Math.min(most, wanted)) };
}

/** Lines of a page, and how far it can be scrolled. */
function scrollRoom(screen: ContainerScreen, state: TopState): { page: number; most: number } {
  const size: Size = { columns: state.size.columns, rows: Math.max(0, state.size.rows - OTHERS_ROWS) };
  const look = { size, glyphs: state.glyphs };
  const input = paneInput(screen, state);
  const page = Math.max(1, size.rows - headLines(screen, input, state, look).length);
  if (FITTING.has(screen.pane)) return { page, most: 0 };
  return { page, most: Math.max(0, PANE_VIEWS[screen.pane](input, { ...look, size: { ...size, rows: page } }).length - page) };
}

function clicked(screen: ContainerScreen, { action, row, column }: MouseInput, state: TopState): ContainerScreen | undefined {
  if (action === 'up' || action === 'down') return scrolled(screen, action, state);
  // The tabs are the second line of this view; the screen's first line is not its.
  if (action !== 'press' || row !== TABS_ROW) return undefined;
  const tab = TABS.find(({ from, to }) => column >= from && column < to);
  return tab && open(screen, tab.pane);
}

const TABS_ROW = 2;
