import { join } from 'node:path';
import type { Clock } from '#agent/containers/clock.js';
import type { EventLog } from '#agent/containers/events.js';
import type { Condition } from '#agent/contract/container.js';
import type { Retention } from '#agent/store/database/retention.js';
import { History } from '#agent/store/history/history.js';
import { Journal } from './journal.js';
import { JournalThread } from './journal-thread.js';

export interface OpenJournalOptions {
  /** Data directory; tsgov.db and history.db are in it. */
  root: string;
  /** State directory; what was recorded last is in it. */
  state: string;
  workerUrl: URL;
  clock: Clock;
  /** Of acts and deaths. */
  retention: Retention;
  historyRetention: Retention;
  emit: EventLog['emit'];
}

export interface OpenJournal {
  readonly journal: Journal;
  readonly history: History;
  /** For metrics, always of now. */
  readonly figures: { readonly journal: Journal['health']; readonly history: History['health'] };
  /** What an operator should know of it. */
  conditions(): Condition[];
  /** Writes what is left and lets go of the database. */
  close(): Promise<void>;
}

/** Journal and history of this data directory. Their thread starts now; nothing here waits for it. */
export function openJournal(options: OpenJournalOptions): OpenJournal {
  const { clock, emit, root, state } = options;
  const thread = new JournalThread({
    journal: { path: join(root, 'tsgov.db'), retention: options.retention },
    history: { path: join(root, 'history.db'), retention: options.historyRetention },
    workerUrl: options.workerUrl,
    nowMs: () => clock.nowMs(),
    warn: (operation, message) => emit('warning', undefined, { operation, message }),
  });
  // Opens the database, so that the first act does not wait for that; what is wrong with it is told when a row cannot be written.
  thread.ask('journal', { limit: 1 }).catch(() => undefined);
  const journal = new Journal({
    thread,
    clock,
    onTrouble: ({ failing, message, lostRows }) =>
      emit('warning', undefined, {
        operation: 'write the journal',
        message: failing
          ? `${message}: rows wait in memory, the oldest are lost when there are too many; the governor goes on`
          : 'rows are written again',
        lostRows,
      }),
  });
  const history = new History({
    thread,
    clock,
    tailDir: join(state, 'history'),
    onTrouble: (message) => emit('warning', undefined, { operation: 'write the history', message }),
  });
  return {
    journal,
    history,
    figures: {
      get journal() {
        return journal.health;
      },
      get history() {
        return history.health;
      },
    },
    conditions: () => [...conditionsOf(journal), ...historyConditions(history)],
    close: async () => {
      await journal.close();
      await history.close();
      await thread.close();
    },
  };
}

function conditionsOf({ health }: Journal): Condition[] {
  const { failure, lostRows } = health;
  const lost = lostRows === 0 ? '' : `; ${lostRows} rows are lost since the agent started`;
  if (failure !== undefined)
    return [{ type: 'JournalFailed', reason: 'WriteFailed', message: `the journal cannot be written: ${failure}${lost}` }];
  return lostRows === 0
    ? []
    : [{ type: 'JournalLost', reason: 'RowsLost', message: `${lostRows} rows of the journal are lost since the agent started` }];
}

function historyConditions({ health }: History): Condition[] {
  const { failure, lostSamples } = health;
  if (failure === undefined && lostSamples === 0) return [];
  const why = failure === undefined ? '' : `the history cannot be written: ${failure}; `;
  const message = `${why}${lostSamples} samples are lost since the agent started`;
  return [{ type: 'HistoryFailed', reason: failure === undefined ? 'SamplesLost' : 'WriteFailed', message }];
}
