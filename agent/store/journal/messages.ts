import type {
  DeathInput,
  DeathPage,
  DeathQuery,
  HistoryQuery,
  HistoryView,
  JournalPage,
  JournalQuery,
} from '#agent/contract/journal.js';
import type { MomentView } from '#agent/contract/moment.js';
import type { Retention } from '#agent/store/database/retention.js';
import type { NewEntry } from './entry-rows.js';

/** What the worker is started with: a database each. */
export interface WorkerOptions {
  journal: { path: string; retention: Retention };
  history: { path: string; retention: Retention };
}

/** Rows that become durable together. */
export interface Batch {
  entries: readonly NewEntry[];
  deaths: readonly DeathInput[];
}

/** What can be asked of the worker, and what it answers. */
export interface Questions {
  write: { asked: Batch; answer: null };
  journal: { asked: JournalQuery; answer: JournalPage };
  deaths: { asked: DeathQuery; answer: DeathPage };
  /** Puts some subjects of a tail, from a number on, into history.db; `left`: by an earlier agent, which may have begun to. */
  tail: { asked: { path: string; from: number; left: boolean }; answer: { rows: number; next: number | null } };
  history: { asked: HistoryQuery; answer: HistoryView | null };
  /** Milliseconds since the epoch. */
  moment: { asked: number; answer: MomentView | null };
  /** Closes the files; the thread ends after its answer. */
  close: { asked: null; answer: null };
}

export type Request = {
  [Kind in keyof Questions]: { kind: Kind; id: number; nowMs: number; asked: Questions[Kind]['asked'] };
}[keyof Questions];

export type Reply =
  | { kind: 'answer'; id: number; answer: Questions[keyof Questions]['answer'] }
  | { kind: 'failure'; id: number; code: string; message: string }
  /** Something an operator should know: a database that was set aside. */
  | { kind: 'warning'; operation: string; message: string };
