import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
import { transaction } from './transaction.js';

export type { Database };

export interface DatabaseOptions {
  path: string;
  /** Schema changes in order; a database of version n has had the first n. Never change one that was released. */
  migrations: readonly string[];
  /** FULL: a commit survives power loss; NORMAL: it survives the end of this process. */
  synchronous: 'FULL' | 'NORMAL';
  /** Now, for the name of one that is set aside. */
  nowMs: number;
}

export interface OpenedDatabase {
  db: Database.Database;
  /** The old one could not be read: where it is now, and why. */
  setAside?: { path: string; reason: string };
}

const WAL_KEPT_BYTES = 4 << 20;

/**
 * Opens a database of ours, mode 0600, in WAL mode, brought to the newest schema. One that is damaged, no database, or of a newer tsgov is
 * renamed beside it and an empty one begun. Throws what SQLite says of anything else (disk full, no rights): the file is left as it is.
 */
export function openDatabase(options: DatabaseOptions): OpenedDatabase {
  try {
    return { db: openSound(options) };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const path = setAside(options.path, options.nowMs);
    return { db: openSound(options), setAside: { path, reason: (error as Error).message } };
  }
}

/** A database of ours that another thread writes, for reading. Throws what SQLite says. */
export function openForReading(path: string): Database.Database {
  return new Database(path, { readonly: true, timeout: 1 });
}

/** Renames a closed database that cannot be read, with what belongs to it; answers its new path. */
export function setAside(path: string, nowMs: number): string {
  const kept = `${path}.broken-${new Date(nowMs).toISOString().replace(/[:.]/g, '-')}`;
  for (const suffix of ['', '-wal', '-shm']) renameIfThere(`${path}${suffix}`, `${kept}${suffix}`);
  return kept;
}

/** Brings all into the one file and closes it. Statements that were not collected yet keep SQLite from doing so by itself. */
export function closeDatabase(db: Database.Database): void {
  try {
    db.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
  }
}

/** The file is not what we wrote; what helps is to begin anew, not to try again. Codes: sqlite.org/rescode.html. */
export function isDamage(error: unknown): boolean {
  if (error instanceof NewerSchema) return true;
  const code = error instanceof Error ? String((error as NodeJS.ErrnoException).code) : '';
  return code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT');
}

class NewerSchema extends Error {}

function openSound({ path, migrations, synchronous }: DatabaseOptions): Database.Database {
  // Made here for its mode; SQLite gives its -wal and -shm the same.
  closeSync(openSync(path, 'a', 0o600));
  const db = new Database(path, { timeout: 1 });
  try {
    db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${synchronous}`);
    db.pragma(`journal_size_limit = ${WAL_KEPT_BYTES}`);
    db.pragma('cache_size = -1024');
    migrate(db, migrations);
    syncDirectories(path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrate(db: Database.Database, migrations: readonly string[]): void {
  const [row] = db.pragma('user_version') as { user_version: number }[];
  const version = row?.user_version ?? 0;
  if (version > migrations.length)
    throw new NewerSchema(`it is of schema version ${version}, this tsgov knows ${migrations.length}`);
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue;
    transaction(db, () => {
      db.exec(sql);
      db.exec(`PRAGMA user_version = ${index + 1}`);
    });
  }
}

/** The file's name, and its directory's, survive power loss too. */
function syncDirectories(path: string): void {
  for (const dir of [dirname(path), dirname(dirname(path))]) {
    const fd = openSync(dir, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
