import type { Database } from './open-database.js';

const KEPT = new WeakMap<Database.Database, Map<string, Database.Statement>>();

/**
 * A statement of this text, the same each time: SQLite's part of one that nobody keeps goes only when V8 looks for garbage, which in a thread with
 * little to do is seldom. For texts that are always the same. Throws what SQLite says.
 */
export function statement(db: Database.Database, text: string): Database.Statement {
  let statements = KEPT.get(db);
  if (statements === undefined) {
    statements = new Map();
    KEPT.set(db, statements);
  }
  let known = statements.get(text);
  if (known === undefined) {
    known = db.prepare(text);
    statements.set(text, known);
  }
  return known;
}
