import type { Database } from './open-database.js';

/**
 * All of `work` or none of it. Throws what made it fail: SQLite has rolled back by itself when the disk was full or the file damaged, and a second
 * ROLLBACK would hide why (sqlite.org/lang_transaction.html).
 */
export function transaction<T>(db: Database.Database, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
