import { closeDatabase, type Database, type DatabaseOptions, isDamage, openDatabase, setAside } from './open-database.js';

export interface DatabaseFileOptions<T = unknown> extends Omit<DatabaseOptions, 'nowMs'> {
  /** What it is, for messages. */
  what: string;
  /** What is worked with once it is open. */
  opened: (db: Database.Database) => T;
  /** Told when it was set aside. */
  warn: (operation: string, message: string) => void;
}

/** One database: opened at its first use, again after a failure to open; a damaged one is set aside, whenever that shows. */
export class DatabaseFile<T> {
  readonly #options: DatabaseFileOptions<T>;
  #open: { db: Database.Database; opened: T } | undefined;

  constructor(options: DatabaseFileOptions<T>) {
    this.#options = options;
  }

  /** Throws what SQLite says. */
  use<Answer>(nowMs: number, work: (opened: T) => Answer): Answer {
    try {
      return work(this.#opened(nowMs));
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#open?.db.close();
      this.#open = undefined;
      this.#warn(setAside(this.#options.path, nowMs), (error as Error).message);
      return work(this.#opened(nowMs));
    }
  }

  /** Throws what SQLite says; it is closed all the same. */
  close(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) closeDatabase(open.db);
  }

  #opened(nowMs: number): T {
    if (this.#open === undefined) {
      const { db, setAside } = openDatabase({ ...this.#options, nowMs });
      this.#open = { db, opened: this.#options.opened(db) };
      if (setAside !== undefined) this.#warn(setAside.path, setAside.reason);
    }
    return this.#open.opened;
  }

  #warn(keptAs: string, reason: string): void {
    const { path, what, warn } = this.#options;
    warn(`read the ${what}`, `${path} cannot be read (${reason}): it is kept as ${keptAs}, a new one is begun`);
  }
}
