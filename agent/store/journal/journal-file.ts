import type { DeathPage, DeathQuery, JournalPage, JournalQuery } from '#agent/contract/journal.js';
import { closeDatabase, type Database, isDamage, openDatabase, setAside } from '#agent/store/database/open-database.js';
import { type PrunedTable, prune, type Retention } from '#agent/store/database/retention.js';
import { insertDeaths, readDeaths } from './death-rows.js';
import { insertEntries, readEntries } from './entry-rows.js';
import type { Batch } from './messages.js';
import { JOURNAL_MIGRATIONS } from './schema.js';

export interface JournalFileOptions {
  path: string;
  retention: Retention;
  /** Told when a database was set aside. */
  warn: (operation: string, message: string) => void;
}

const TABLES: readonly PrunedTable[] = [
  { name: 'journal', time: 'time_ms' },
  { name: 'deaths', time: 'finished_ms' },
];
const PRUNE_EVERY_MS = 600_000;
const PRUNE_EVERY_ROWS = 2000;

/** tsgov.db. Opened at the first use, again after a failure to open; a damaged one is set aside, whenever that shows. */
export class JournalFile {
  readonly #options: JournalFileOptions;
  #db: Database.Database | undefined;
  #prunedMs = Number.NEGATIVE_INFINITY;
  #rowsSince = 0;

  constructor(options: JournalFileOptions) {
    this.#options = options;
  }

  /** All of it or nothing; on the disk when it returns. Throws what SQLite says. */
  write(batch: Batch, nowMs: number): void {
    this.#use(nowMs, (db) => {
      db.transaction(() => {
        insertEntries(db, batch.entries);
        insertDeaths(db, batch.deaths);
      })();
      this.#rowsSince += batch.entries.length + batch.deaths.length;
    });
  }

  journal(query: JournalQuery, nowMs: number): JournalPage {
    return this.#use(nowMs, (db) => readEntries(db, query));
  }

  deaths(query: DeathQuery, nowMs: number): DeathPage {
    return this.#use(nowMs, (db) => readDeaths(db, query));
  }

  /** Removes what is too old or too much, when it is time for it again. Throws what SQLite says. */
  prune(nowMs: number): void {
    if (nowMs - this.#prunedMs < PRUNE_EVERY_MS && this.#rowsSince < PRUNE_EVERY_ROWS) return;
    this.#prunedMs = nowMs;
    this.#rowsSince = 0;
    this.#use(nowMs, (db) => prune(db, TABLES, this.#options.retention, nowMs));
  }

  /** Throws what SQLite says; it is closed all the same. */
  close(): void {
    const db = this.#db;
    this.#db = undefined;
    if (db !== undefined) closeDatabase(db);
  }

  #use<T>(nowMs: number, work: (db: Database.Database) => T): T {
    try {
      return work(this.#open(nowMs));
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#db?.close();
      this.#db = undefined;
      this.#warn(setAside(this.#options.path, nowMs), (error as Error).message);
      return work(this.#open(nowMs));
    }
  }

  #open(nowMs: number): Database.Database {
    if (this.#db !== undefined) return this.#db;
    const opened = openDatabase({
      path: this.#options.path,
      migrations: JOURNAL_MIGRATIONS,
      synchronous: 'FULL',
      nowMs,
    });
    this.#db = opened.db;
    if (opened.setAside !== undefined) this.#warn(opened.setAside.path, opened.setAside.reason);
    return opened.db;
  }

  #warn(keptAs: string, reason: string): void {
    this.#options.warn(
      'read the journal',
      `${this.#options.path} cannot be read (${reason}): it is kept as ${keptAs}, a new one is begun`,
    );
  }
}
