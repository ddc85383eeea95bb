import { type Static, Type } from 'typebox';
import { StatsView } from './container.js';
import { JOURNAL_ACTIONS, type JournalAction, type JournalResult as Result } from './journal-words.js';
import type { MomentView } from './moment.js';

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const Subject = Type.Object({ id: Type.String(), name: Type.String(), image: Type.String(), runtime: Type.String() });
const Value = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);

/** One act, as `GET /v1/journal` shows it: who did what to whom, why, what it was before and how it goes back. */
export const JournalEntry = Type.Object(
  {
    id: Type.Number({ description: 'Rises.' }),
    time: Type.String({ description: 'RFC 3339.' }),
    container: Nullable(Subject),
    actor: Type.String({
      description: '`user`, `policy/NAME`, `schedule/NAME`, `rule/POLICY/RULE`, `drift-guard` or `agent`.',
    }),
    action: Type.Unsafe<JournalAction>(Type.String({ description: JOURNAL_ACTIONS.join(', ') })),
    field: Nullable(Type.String({ description: 'The limit, such as `memory.max`; null where the act is about none.' })),
    reason: Type.String(),
    before: Value,
    after: Value,
    result: Type.Unsafe<Result>(
      Type.String({ description: 'done, refused (nothing changed), failed, or observed (what it would have done).' }),
    ),
    error: Nullable(Type.String({ description: 'Code and message, where it was refused or failed.' })),
    undo: Nullable(Type.String({ description: 'How it goes back.' })),
    values: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]), {
      description: "Signals' values, the writer's pid and command, the caller's uid: what the act was decided on.",
    }),
  },
  { $id: 'JournalEntry' },
);
export type JournalEntry = Static<typeof JournalEntry>;
export type JournalResult = Result;

/** What is left out is null, `done`, or empty; without `actor` it is whoever asks (`user` in a request, else `agent`). */
export type JournalInput = Pick<JournalEntry, 'action' | 'reason'> &
  Partial<Omit<JournalEntry, 'id' | 'time' | 'action' | 'reason' | 'container'>> & {
    container?: JournalEntry['container'] | undefined;
  };

export const JournalPage = Type.Object(
  {
    entries: Type.Array(JournalEntry),
    next: Nullable(Type.String({ description: '`cursor` of the next page; null: the last.' })),
  },
  { $id: 'JournalPage' },
);
export type JournalPage = Static<typeof JournalPage>;

/** How one run of a container ended; kept when the container is gone. */
export const DeathView = Type.Object(
  {
    id: Type.Number(),
    container: Subject,
    startedAt: Nullable(Type.String()),
    finishedAt: Type.String(),
    exitCode: Nullable(Type.Number({ description: '128 + n for signal n; null: nobody knows.' })),
    signal: Nullable(Type.String({ description: 'Its name, `SIGKILL`, where a signal ended it.' })),
    oomKilled: Type.Boolean(),
    oom: Nullable(
      Type.Object({
        victim: Nullable(Type.Object({ pid: Type.Number(), comm: Type.String() })),
        level: Nullable(Type.String({ description: 'The cgroup whose limit was reached.' })),
        source: Type.String({ description: 'Where that is from.' }),
      }),
    ),
    cgroup: Type.String(),
    error: Nullable(Type.String()),
    restartCount: Type.Number({ description: 'Restarts by policy before this end.' }),
    restarts: Type.Boolean({ description: 'It is started again by its restart policy.' }),
    lastSample: Nullable(StatsView),
  },
  { $id: 'DeathView' },
);
export type DeathView = Static<typeof DeathView>;
export type DeathInput = Omit<DeathView, 'id'>;

export const DeathPage = Type.Object(
  { deaths: Type.Array(DeathView), next: Nullable(Type.String({ description: '`cursor` of the next page; null: the last.' })) },
  { $id: 'DeathPage' },
);
export type DeathPage = Static<typeof DeathPage>;

const Series = Type.Record(Type.String(), Type.Array(Nullable(Type.Number())));

/** Figures of one container over a time: one array a field, as long as `times`; null where there is none. */
export const HistoryView = Type.Object(
  {
    id: Type.String(),
    name: Type.String({ description: 'The last it had.' }),
    stepMs: Type.Number(),
    times: Type.Array(Type.String(), {
      description: 'When each step begins, without a gap from the first that has anything to the last.',
    }),
    samples: Type.Array(Type.Number(), {
      description:
        'How many ticks each step has; a row of means counts as its seconds. 0: nothing was recorded, the agent or the container did not run.',
    }),
    fields: { ...Series, description: 'The mean of each step.' },
    min: { ...Series, description: 'The least value a tick had in it, …' },
    max: { ...Series, description: '… and the largest: means of old rows keep both.' },
  },
  { $id: 'HistoryView' },
);
export type HistoryView = Static<typeof HistoryView>;

/** Newest first. Times in milliseconds since the epoch; `until` is left out. */
export interface JournalQuery {
  /** Name, id or the start of an id. */
  container?: string | undefined;
  sinceMs?: number | undefined;
  untilMs?: number | undefined;
  /** Acts of this policy: its limits, schedules, rules, and its own coming and going. */
  policy?: string | undefined;
  action?: string | undefined;
  limit: number;
  /** What a page named as its next. */
  cursor?: string | undefined;
}

export type DeathQuery = Omit<JournalQuery, 'policy' | 'action'>;

export interface HistoryQuery {
  /** Name, id or the start of an id; also of one that is gone. */
  container: string;
  fromMs: number;
  toMs: number;
  stepMs?: number | undefined;
  /** Undefined: all. */
  fields?: readonly string[] | undefined;
}

/** What the HTTP API needs of the journal; agent/store implements it. */
export interface JournalBackend {
  /** Resolves once all that was recorded is on disk, or counted as lost. Never rejects. */
  durable(): Promise<void>;
  journal(query: JournalQuery): Promise<JournalPage>;
  deaths(query: DeathQuery): Promise<DeathPage>;
}

/** What the HTTP API needs of the history; agent/store implements it. */
export interface HistoryBackend {
  history(query: HistoryQuery): Promise<HistoryView>;
  /** The last tick at or before `atMs`, else the first there is. */
  moment(atMs: number): Promise<MomentView>;
}
