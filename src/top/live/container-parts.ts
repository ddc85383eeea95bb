import type { TsgovClient } from '#agent/client.js';
import type { HistoryView } from '#agent/contract/journal.js';
import type { DetailSample, Details, RecordedSeries } from '#src/top/container/details.js';
import type { ContainerInterest } from '#src/top/container/interest.js';
import type { PaneName } from '#src/top/container/panes.js';
import { detailSample } from './detail-sample.js';
import { latencyTrack } from './latency-track.js';

/** What asking needs. `known`: parts that came before. */
export interface PartContext {
  readonly client: TsgovClient;
  readonly interest: ContainerInterest;
  readonly known: Partial<Details>;
  /** Recorded time that is looked at, milliseconds since the epoch; undefined: now. */
  readonly atMs: number | undefined;
  nowMs(): number;
}

/** A part of what is known of a container: how it is asked for, how often, and in which panes. */
export interface Part {
  readonly name: keyof Details;
  readonly panes: readonly PaneName[] | 'all';
  /** Of recorded time there is this too; it is then asked for once a moment. */
  readonly recorded: boolean;
  everyMs(interest: ContainerInterest): number;
  ask(context: PartContext): Promise<Partial<Details>>;
}

const MOST_SAMPLES = 3600;
const JOURNAL_ROWS = 200;
/** A graph has at most about this many columns of dots. */
const POINTS = 400;

/** Signals that graphs show. */
const FIELDS = [
  'cpu.usage',
  'cpu.throttled',
  'memory.current',
  'memory.anon',
  'memory.swap.current',
  ...['cpu', 'memory', 'io'].flatMap((resource) => [`${resource}.some.avg10`, `${resource}.full.avg10`]),
  'memory.file',
  'network.receive',
  'network.transmit',
  'io.read',
  'io.write',
  'pids.current',
];

/** All parts. A part that is of no use to the pane on the screen is not asked for. */
export const PARTS: readonly Part[] = [
  {
    name: 'samples',
    panes: 'all',
    recorded: false,
    everyMs: () => 1000,
    ask: sampled(),
  },
  {
    name: 'history',
    panes: ['summary'],
    recorded: true,
    everyMs: ({ windowMs }) => Math.max(10_000, windowMs / 30),
    ask: async ({ client, interest: { id, windowMs }, atMs, nowMs }) => {
      const toMs = atMs ?? nowMs();
      const view = await client.history(id, {
        from: new Date(toMs - windowMs).toISOString(),
        to: new Date(toMs + 1).toISOString(),
        step: Math.max(1, Math.ceil(windowMs / 1000 / POINTS)),
        fields: FIELDS,
      });
      return { history: seriesFrom(view) };
    },
  },
  {
    name: 'view',
    panes: 'all',
    recorded: false,
    everyMs: () => 3000,
    ask: async ({ client, interest }) => ({ view: await client.inspect(interest.id) }),
  },
  {
    name: 'why',
    panes: ['summary', 'why'],
    recorded: false,
    everyMs: ({ pane }) => (pane === 'why' ? 3000 : 8000),
    ask: async ({ client, interest }) => ({ why: await client.why(interest.id, { window: '2s' }) }),
  },
  {
    name: 'processes',
    panes: ['processes'],
    recorded: false,
    everyMs: () => 2000,
    ask: async ({ client, interest, known }) => ({
      processes: await client.processes(
        interest.id,
        known.processes === undefined ? { tree: true } : { tree: true, interval: '1s' },
      ),
    }),
  },
  {
    name: 'latency',
    panes: ['latency'],
    recorded: false,
    everyMs: () => 1000,
    ask: async ({ client, interest, known, nowMs }) => ({
      latency: latencyTrack(known.latency, await client.latency(interest.id), nowMs()),
    }),
  },
  {
    name: 'journal',
    panes: ['journal'],
    recorded: true,
    everyMs: () => 3000,
    ask: async ({ client, interest, atMs }) => {
      const until = atMs === undefined ? {} : { until: new Date(atMs + 1).toISOString() };
      return { journal: (await client.journal({ container: interest.id, limit: JOURNAL_ROWS, ...until })).entries };
    },
  },
  {
    name: 'drift',
    panes: ['limits'],
    recorded: false,
    everyMs: () => 3000,
    ask: async ({ client, interest }) => ({ drift: await client.drift(interest.id) }),
  },
  {
    name: 'namespaces',
    panes: ['namespaces'],
    recorded: false,
    everyMs: () => 10_000,
    ask: async ({ client, interest }) => ({ namespaces: await client.nodeNamespaces({ container: interest.id }) }),
  },
  {
    name: 'log',
    panes: ['logs'],
    recorded: true,
    everyMs: () => 1000,
    ask: async ({ client, interest, atMs }) => {
      const until = atMs === undefined ? {} : { until: new Date(atMs + 1).toISOString() };
      const log: Details['log'][number][] = [];
      for await (const { time, stream, data } of client.logLines(interest.id, { tail: LOG_LINES, ...until }))
        log.push({ time, stream, text: data.toString('utf8').replace(/\r?\n$/, '') });
      return { log };
    },
  },
];

const LOG_LINES = 500;

/** Adds a sample to those there are. The last answer of the agent is remembered for rates. */
function sampled(): Part['ask'] {
  let last: { id: string; stats: Awaited<ReturnType<TsgovClient['stats']>> } | undefined;
  return async ({ client, interest: { id }, known }) => {
    const stats = await client.stats(id);
    const sample = detailSample(last?.id === id ? last.stats : undefined, stats);
    last = { id, stats };
    const before: readonly DetailSample[] = known.samples ?? [];
    return { samples: [...before.slice(1 - MOST_SAMPLES), sample] };
  };
}

function seriesFrom({ times, stepMs, fields }: HistoryView): RecordedSeries {
  return { timesMs: times.map((time) => Date.parse(time)), stepMs, fields };
}
