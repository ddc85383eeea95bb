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
import type { MomentView } from '#agent/contract/moment.js';

/** A journal without a disk: for tests of the API's translation. What is asked of it is kept, what it answers is set. */
export class MemoryJournal implements JournalBackend, HistoryBackend {
  readonly asked: (JournalQuery | DeathQuery | HistoryQuery)[] = [];
  page: JournalPage = { entries: [], next: null };
  deathPage: DeathPage = { deaths: [], next: null };
  readonly moments: number[] = [];
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

  async moment(atMs: number): Promise<MomentView> {
    this.moments.push(atMs);
    const at = new Date(atMs).toISOString();
    return { at, previous: null, next: null, node: { signals: {}, memTotalBytes: 0, cpus: 1 }, containers: [] };
  }

  async history(query: HistoryQuery): Promise<HistoryView> {
    this.asked.push(query);
    return {
      id: query.container,
      name: 'web',
      stepMs: query.stepMs ?? 1000,
      times: [],
      samples: [],
      fields: {},
      min: {},
      max: {},
    };
  }
}
