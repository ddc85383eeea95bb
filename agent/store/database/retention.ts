import type { Database } from './open-database.js';

export interface Retention {
  maxAgeMs: number;
  maxBytes: number;
}

/** A table whose rows go when they are old. */
export interface PrunedTable {
  name: string;
  /** The column that has its time in milliseconds. */
  time: string;
}

/** Of the oldest rows, this share goes at a time while the database is too large. */
const STEP = 0.1;

/**
 * Removes rows older than the age, then, while what is in use is more than the size, the oldest tenth of each table; gives the space back to
 * the file system. Answers how many rows went.
 */
export function prune(
  db: Database.Database,
  tables: readonly PrunedTable[],
  { maxAgeMs, maxBytes }: Retention,
  nowMs: number,
): number {
  let removed = 0;
  for (const { name, time } of tables)
    removed += db.prepare(`DELETE FROM ${name} WHERE ${time} < ?`).run(nowMs - maxAgeMs).changes;
  while (usedBytes(db) > maxBytes) {
    const gone = tables.reduce((sum, table) => sum + removeOldest(db, table), 0);
    if (gone === 0) break;
    removed += gone;
  }
  if (removed > 0) {
    db.pragma('incremental_vacuum');
    db.pragma('wal_checkpoint(TRUNCATE)');
  }
  return removed;
}

/** Bytes of pages that hold something. */
export function usedBytes(db: Database.Database): number {
  return (pragma(db, 'page_count') - pragma(db, 'freelist_count')) * pragma(db, 'page_size');
}

function removeOldest(db: Database.Database, { name, time }: PrunedTable): number {
  const { count } = db.prepare(`SELECT count(*) AS count FROM ${name}`).get() as { count: number };
  if (count === 0) return 0;
  const step = Math.max(1, Math.ceil(count * STEP));
  return db.prepare(`DELETE FROM ${name} WHERE id IN (SELECT id FROM ${name} ORDER BY ${time} LIMIT ?)`).run(step).changes;
}

function pragma(db: Database.Database, name: string): number {
  const [row] = db.pragma(name) as Record<string, number>[];
  return row?.[name] ?? 0;
}
