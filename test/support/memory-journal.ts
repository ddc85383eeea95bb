import type {
  DeathPage,
  DeathQuery,
  HistoryBackend,
  HistoryQuery,
  HistoryView,
  JournalBackend,
  JournalPage,
  JournalQuery,
} from '#agent/contract/journal.js';

/** A journal without a disk: for tests of the API's translation. What is asked of it is kept, what it answers is set. */
export class MemoryJournal implements JournalBackend, HistoryBackend {
  readonly asked: (JournalQuery | DeathQuery | HistoryQuery)[] = [];
  page: JournalPage = { entries: [], next: null };
  deathPage: DeathPage = { deaths: [], next: null };
  /** How often somebody waited for the disk. */
  waits = 0;

  async durable(): Promise<void> {
    this.waits += 1;
  }

  async journal(query: JournalQuery): Promise<JournalPage> {
    this.asked.push(query);
    return this.page;
  }

  async deaths(query: DeathQuery): Promise<DeathPage> {
    this.asked.push(query);
    return this.deathPage;
  }

  async history(query: HistoryQuery): Promise<HistoryView> {
    this.asked.push(query);
    return { id: query.container, stepMs: query.stepMs ?? 1000, times: [], fields: {} };
  }
}
