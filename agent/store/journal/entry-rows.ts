import type { JournalEntry, JournalPage, JournalQuery } from '#agent/contract/journal.js';
import type { Database } from '#agent/store/database/open-database.js';
import { add, pageOf, rowFilter, whereOf } from './filter.js';

/** An entry as it is written; the database gives it its id. */
export interface NewEntry extends Omit<JournalEntry, 'id' | 'time'> {
  timeMs: number;
}

interface EntryRow {
  id: number;
  time_ms: number;
  container_id: string | null;
  container_name: string;
  image: string;
  runtime: string;
  actor: string;
  action: string;
  field: string | null;
  reason: string;
  before: string;
  after: string;
  result: string;
  error: string | null;
  undo: string | null;
  values: string;
}

const INSERT = `INSERT INTO journal (time_ms, container_id, container_name, image, runtime, actor, policy, action, field, reason,
  before, after, result, error, undo, "values") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Adds entries; the caller holds the transaction. */
export function insertEntries(db: Database.Database, entries: readonly NewEntry[]): void {
  const statement = db.prepare(INSERT);
  for (const entry of entries) {
    const { container } = entry;
    statement.run(
      entry.timeMs,
      container?.id ?? null,
      container?.name ?? null,
      container?.image ?? null,
      container?.runtime ?? null,
      entry.actor,
      policyOf(entry),
      entry.action,
      entry.field,
      entry.reason,
      JSON.stringify(entry.before),
      JSON.stringify(entry.after),
      entry.result,
      entry.error,
      entry.undo,
      JSON.stringify(entry.values),
    );
  }
}

/** One page, the newest first. */
export function readEntries(db: Database.Database, query: JournalQuery): JournalPage {
  const filter = rowFilter(query, 'time_ms');
  if (query.policy !== undefined) add(filter, 'policy = ?', query.policy);
  if (query.action !== undefined) add(filter, 'action = ?', query.action);
  const rows = db
    .prepare(`SELECT * FROM journal ${whereOf(filter)} ORDER BY id DESC LIMIT ?`)
    .all(...filter.values, query.limit + 1) as EntryRow[];
  const page = pageOf(rows, query.limit);
  return { entries: page.rows.map(entryOf), next: page.next };
}

/** The policy an act is of: its limits', schedules' and rules' acts name it, and so does its coming and going. */
function policyOf({ actor, action, values }: Pick<JournalEntry, 'actor' | 'action' | 'values'>): string | null {
  if ((action === 'policy-put' || action === 'policy-rm') && values.policy !== undefined) return String(values.policy);
  const [kind, name] = actor.split('/');
  return (kind === 'policy' || kind === 'schedule' || kind === 'rule') && name !== undefined ? name : null;
}

function entryOf(row: EntryRow): JournalEntry {
  return {
    id: row.id,
    time: new Date(row.time_ms).toISOString(),
    container:
      row.container_id === null
        ? null
        : { id: row.container_id, name: row.container_name, image: row.image, runtime: row.runtime },
    actor: row.actor,
    action: row.action as JournalEntry['action'],
    field: row.field,
    reason: row.reason,
    before: JSON.parse(row.before) as JournalEntry['before'],
    after: JSON.parse(row.after) as JournalEntry['after'],
    result: row.result as JournalEntry['result'],
    error: row.error,
    undo: row.undo,
    values: JSON.parse(row.values) as JournalEntry['values'],
  };
}
