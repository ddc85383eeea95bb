import type { DeathInput } from '#agent/contract/journal.js';
import type { JournalWriter } from './journal.js';

/** Hears of each death as it is recorded. */
export interface DeathNews {
  /** The same journal, for those who record. */
  readonly journal: JournalWriter;
  listen(listener: (death: DeathInput) => void): void;
}

/** A journal whose deaths others hear of too, after it took them. */
export function deathNews(journal: JournalWriter): DeathNews {
  const listeners: ((death: DeathInput) => void)[] = [];
  return {
    journal: {
      record: (entry) => journal.record(entry),
      death: (death) => {
        journal.death(death);
        for (const listener of listeners) listener(death);
      },
      durable: () => journal.durable(),
    },
    listen: (listener) => void listeners.push(listener),
  };
}
