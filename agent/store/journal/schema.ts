/** tsgov.db, by version. Values are JSON, times milliseconds since the epoch. */
export const JOURNAL_MIGRATIONS: readonly string[] = [
  `CREATE TABLE journal (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     time_ms INTEGER NOT NULL,
     container_id TEXT,
     container_name TEXT,
     image TEXT,
     runtime TEXT,
     actor TEXT NOT NULL,
     policy TEXT,
     action TEXT NOT NULL,
     field TEXT,
     reason TEXT NOT NULL,
     before TEXT NOT NULL,
     after TEXT NOT NULL,
     result TEXT NOT NULL,
     error TEXT,
     undo TEXT,
     "values" TEXT NOT NULL
   );
   CREATE INDEX journal_time ON journal (time_ms);
   CREATE INDEX journal_container ON journal (container_id, id);
   CREATE INDEX journal_name ON journal (container_name, id);
   CREATE TABLE deaths (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     container_id TEXT NOT NULL,
     container_name TEXT NOT NULL,
     image TEXT NOT NULL,
     runtime TEXT NOT NULL,
     started_ms INTEGER,
     finished_ms INTEGER NOT NULL,
     exit_code INTEGER,
     signal TEXT,
     oom_killed INTEGER NOT NULL,
     oom TEXT,
     cgroup TEXT NOT NULL,
     error TEXT,
     restart_count INTEGER NOT NULL,
     restarts INTEGER NOT NULL,
     sample TEXT
   );
   CREATE UNIQUE INDEX deaths_run ON deaths (container_id, coalesce(started_ms, finished_ms));
   CREATE INDEX deaths_time ON deaths (finished_ms);`,
];
