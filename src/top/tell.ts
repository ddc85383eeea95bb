import type { EventView } from '#agent/contract/container.js';
import { confirmed } from './acts/confirm.js';
import { tellContainer } from './container/screen.js';
import { arranged } from './overview/arrange.js';
import { withStatus } from './overview/status-by-event.js';
import type { DataInput } from './source.js';
import { MOST_EVENTS, SPARK_SAMPLES, type TopState } from './state.js';

type Told<K extends DataInput['kind']> = Extract<DataInput, { kind: K }>;

/** New figures of everything; while paused they are not taken in, but for steps in recorded time. Pure. */
export function tellOverview(state: TopState, { atMs, tickMs, node, rows: told }: Told<'overview'>): TopState {
  if (state.paused && state.connection.kind !== 'recorded') return state;
  const rows = tickMs === undefined ? told : withStatus(told, state.events, tickMs);
  const known = atMs < (state.atMs ?? 0) ? NO_SPARKS : state.sparks;
  const byId = new Map(rows.map((row) => [row.id, row]));
  const sparks = new Map<string, readonly number[]>();
  for (const { id, figures } of rows) {
    const before = known.get(id);
    if (figures.cpuCores === undefined) {
      if (before !== undefined) sparks.set(id, before);
    } else sparks.set(id, before === undefined ? [figures.cpuCores] : [...before.slice(1 - SPARK_SAMPLES), figures.cpuCores]);
  }
  const marked = new Set([...state.overview.marked].filter((id) => byId.has(id)));
  const overview = marked.size === state.overview.marked.size ? state.overview : { ...state.overview, marked };
  return arranged({ ...state, atMs, node, rows: byId, sparks, overview });
}

/** Events add to those before, or replace them; what was scrolled up to stays where it is. Pure. */
export function tellEvents(state: TopState, { events, replace }: Told<'events'>): TopState {
  if (replace === true) return { ...state, events: events.slice(-MOST_EVENTS), overview: { ...state.overview, eventsUp: 0 } };
  const last = state.events.at(-1)?.id ?? 0;
  const fresh = events.filter(({ id }) => id > last);
  if (fresh.length === 0) return state;
  const { overview } = state;
  const eventsUp = overview.eventsUp === 0 ? 0 : Math.min(overview.eventsUp + fresh.length, MOST_EVENTS - 1);
  const next = { ...state, events: [...state.events, ...fresh].slice(-MOST_EVENTS), overview: { ...overview, eventsUp } };
  return confirmed(known(next, fresh), fresh);
}

/** The containers as these events say they are now. */
function known(state: TopState, fresh: readonly EventView[]): TopState {
  if (state.paused || state.connection.kind !== 'live') return state;
  const before = [...state.rows.values()];
  const rows = withStatus(before, fresh, Number.NEGATIVE_INFINITY);
  return rows === before ? state : arranged({ ...state, rows: new Map(rows.map((row) => [row.id, row])) });
}

export function tellDetails(state: TopState, input: Told<'details'>): TopState {
  return state.container === undefined ? state : { ...state, container: tellContainer(state.container, input) };
}

export function tellConnection(state: TopState, { connection }: Told<'connection'>): TopState {
  // Samples of now and of recorded time are not one line.
  const leaps = (state.connection.kind === 'recorded') !== (connection.kind === 'recorded');
  return { ...state, connection, ...(leaps ? { sparks: NO_SPARKS } : {}) };
}

const NO_SPARKS: TopState['sparks'] = new Map();
