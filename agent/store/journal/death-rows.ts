import type { DeathInput, DeathPage, DeathQuery, DeathView } from '#agent/contract/journal.js';
import type { Database } from '#agent/store/database/open-database.js';
import { pageOf, rowFilter, whereOf } from './filter.js';

interface DeathRow {
  id: number;
  container_id: string;
  container_name: string;
  image: string;
  runtime: string;
  started_ms: number | null;
  finished_ms: number;
  exit_code: number | null;
  signal: string | null;
  oom_killed: number;
  oom: string | null;
  cgroup: string;
  error: string | null;
  restart_count: number;
  restarts: number;
  sample: string | null;
}

// An agent killed between this and the cleaning up tells the same end again.
const INSERT = `INSERT OR IGNORE INTO deaths (container_id, container_name, image, runtime, started_ms, finished_ms, exit_code, signal,
  oom_killed, oom, cgroup, error, restart_count, restarts, sample) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Adds death records, those known already left out; the caller holds the transaction. */
export function insertDeaths(db: Database.Database, deaths: readonly DeathInput[]): void {
  const statement = db.prepare(INSERT);
  for (const death of deaths)
    statement.run(
      death.container.id,
      death.container.name,
      death.container.image,
      death.container.runtime,
      death.startedAt === null ? null : Date.parse(death.startedAt),
      Date.parse(death.finishedAt),
      death.exitCode,
      death.signal,
      death.oomKilled ? 1 : 0,
      death.oom === null ? null : JSON.stringify(death.oom),
      death.cgroup,
      death.error,
      death.restartCount,
      death.restarts ? 1 : 0,
      death.lastSample === null ? null : JSON.stringify(death.lastSample),
    );
}

/** One page, the newest first. */
export function readDeaths(db: Database.Database, query: DeathQuery): DeathPage {
  const filter = rowFilter(query, 'finished_ms');
  const rows = db
    .prepare(`SELECT * FROM deaths ${whereOf(filter)} ORDER BY id DESC LIMIT ?`)
    .all(...filter.values, query.limit + 1) as DeathRow[];
  const page = pageOf(rows, query.limit);
  return { deaths: page.rows.map(deathOf), next: page.next };
}

function deathOf(row: DeathRow): DeathView {
  return {
    id: row.id,
    container: { id: row.container_id, name: row.container_name, image: row.image, runtime: row.runtime },
    startedAt: row.started_ms === null ? null : new Date(row.started_ms).toISOString(),
    finishedAt: new Date(row.finished_ms).toISOString(),
    exitCode: row.exit_code,
    signal: row.signal,
    oomKilled: row.oom_killed !== 0,
    oom: row.oom === null ? null : (JSON.parse(row.oom) as DeathView['oom']),
    cgroup: row.cgroup,
    error: row.error,
    restartCount: row.restart_count,
    restarts: row.restarts !== 0,
    lastSample: row.sample === null ? null : (JSON.parse(row.sample) as DeathView['lastSample']),
  };
}
