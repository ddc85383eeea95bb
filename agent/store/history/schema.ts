/** history.db, by version. A chunk's level is the seconds from one row to the next; its subject has what did not change meanwhile. */
export const HISTORY_MIGRATIONS: readonly string[] = [
  `CREATE TABLE fields (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
   CREATE TABLE subjects (
     id INTEGER PRIMARY KEY,
     container TEXT NOT NULL,
     name TEXT NOT NULL,
     facts TEXT NOT NULL,
     UNIQUE (container, facts)
   );
   CREATE INDEX subjects_name ON subjects (name);
   CREATE TABLE chunks (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     level INTEGER NOT NULL,
     subject INTEGER NOT NULL,
     from_ms INTEGER NOT NULL,
     to_ms INTEGER NOT NULL,
     data BLOB NOT NULL
   );
   CREATE INDEX chunks_time ON chunks (level, to_ms, from_ms);
   CREATE INDEX chunks_subject ON chunks (subject, to_ms);`,
];
