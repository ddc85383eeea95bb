import type { DeathPage, DeathQuery, JournalPage, JournalQuery } from '#agent/contract/journal.js';
import { DatabaseFile, type DatabaseFileOptions } from '#agent/store/database/database-file.js';
import type { Database } from '#agent/store/database/open-database.js';
import { type PrunedTable, prune, type Retention } from '#agent/store/database/retention.js';
import { transaction } from '#agent/store/database/transaction.js';
import { insertDeaths, readDeaths } from './death-rows.js';
import { insertEntries, readEntries } from './entry-rows.js';
import type { Batch } from './messages.js';
import { JOURNAL_MIGRATIONS } from './schema.js';

export interface JournalFileOptions extends Pick<DatabaseFileOptions, 'path' | 'warn'> {
  retention: Retention;
}

const TABLES: readonly PrunedTable[] = [
  { name: 'journal', time: 'time_ms' },
  { name: 'deaths', time: 'finished_ms' },
];
const PRUNE_EVERY_MS = 600_000;
const PRUNE_EVERY_ROWS = 2000;

/** tsgov.db: acts and deaths. What is written outlives power loss. */
export class JournalFile {
  readonly #file: DatabaseFile<Database.Database>;
  readonly #retention: Retention;
  #prunedMs = Number.NEGATIVE_INFINITY;
  #rowsSince = 0;

  constructor({ path, warn, retention }: JournalFileOptions) {
    this.#retention = retention;
    this.#file = new DatabaseFile({
      path,
      warn,
      what: 'journal',
      migrations: JOURNAL_MIGRATIONS,
      synchronous: 'FULL',
      opened: (db) => db,
    });
  }

  /** All of it or nothing; on the disk when it returns. Throws what SQLite says. */
  write(batch: Batch, nowMs: number): void {
    this.#file.use(nowMs, (db) =>
      transaction(db, () => {
        insertEntries(db, batch.entries);
        insertDeaths(db, batch.deaths);
      }),
    );
    this.#rowsSince += batch.entries.length + batch.deaths.length;
  }

  journal(query: JournalQuery, nowMs: number): JournalPage {
    return this.#file.use(nowMs, (db) => readEntries(db, query));
  }

  deaths(query: DeathQuery, nowMs: number): DeathPage {
    return this.#file.use(nowMs, (db) => readDeaths(db, query));
  }

  /** Removes what is too old or too much, when it is time for it again. Throws what SQLite says. */
  maintain(nowMs: number): void {
    if (nowMs - this.#prunedMs < PRUNE_EVERY_MS && this.#rowsSince < PRUNE_EVERY_ROWS) return;
    this.#prunedMs = nowMs;
    this.#rowsSince = 0;
    this.#file.use(nowMs, (db) => prune(db, TABLES, this.#retention, nowMs));
  }

  close(): void {
    this.#file.close();
  }
}
