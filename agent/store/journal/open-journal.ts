import { join } from 'node:path';
import type { Clock } from '#agent/containers/clock.js';
import type { EventLog } from '#agent/containers/events.js';
import type { Condition } from '#agent/contract/container.js';
import type { Retention } from '#agent/store/database/retention.js';
import { Journal } from './journal.js';
import { JournalThread } from './journal-thread.js';

export interface OpenJournalOptions {
  /** Data directory; tsgov.db is in it. */
  root: string;
  workerUrl: URL;
  clock: Clock;
  retention: Retention;
  emit: EventLog['emit'];
}

export interface OpenJournal {
  readonly journal: Journal;
  /** What an operator should know of it. */
  conditions(): Condition[];
  /** Writes what is left and lets go of the database. */
  close(): Promise<void>;
}

/** The journal of this data directory. Its thread starts with the first row or question; nothing here waits for it. */
export function openJournal(options: OpenJournalOptions): OpenJournal {
  const { clock, emit, root } = options;
  const thread = new JournalThread({
    path: join(root, 'tsgov.db'),
    retention: options.retention,
    workerUrl: options.workerUrl,
    nowMs: () => clock.nowMs(),
    warn: (operation, message) => emit('warning', undefined, { operation, message }),
  });
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
  return {
    journal,
    conditions: () => conditionsOf(journal),
    close: async () => {
      await journal.close();
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
