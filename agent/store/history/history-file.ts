import type { HistoryQuery, HistoryView } from '#agent/contract/journal.js';
import type { MomentView } from '#agent/contract/moment.js';
import { DatabaseFile, type DatabaseFileOptions } from '#agent/store/database/database-file.js';
import type { Database } from '#agent/store/database/open-database.js';
import { prune, type Retention } from '#agent/store/database/retention.js';
import { statement } from '#agent/store/database/statement.js';
import { transaction } from '#agent/store/database/transaction.js';
import { ChunkRows } from './chunk-rows.js';
import { readHistory } from './read-history.js';
import { readMoment } from './read-moment.js';
import { rollUp } from './roll-up.js';
import { HISTORY_MIGRATIONS } from './schema.js';
import type { Segment } from './segment.js';
import { TailReader } from './tail/read-tail.js';
import { TailBytes } from './tail/tail-bytes.js';

export interface HistoryFileOptions extends Pick<DatabaseFileOptions, 'path' | 'warn'> {
  retention: Retention;
}

/** Some tens of milliseconds, for which others may have to wait. */
const SUBJECTS_AT_ONCE = 16;
const PRUNE_EVERY_MS = 600_000;
const ROLL_UP_EVERY_MS = 5000;

/** history.db: what containers used. What is written outlives the agent's end; after power loss the last moments may be missing. */
export class HistoryFile {
  readonly #file: DatabaseFile<{ db: Database.Database; chunks: ChunkRows }>;
  readonly #retention: Retention;
  readonly #tailBytes = new TailBytes();
  readonly #tails = new TailReader();
  #prunedMs = Number.NEGATIVE_INFINITY;
  #rolledMs = Number.NEGATIVE_INFINITY;

  constructor({ path, warn, retention }: HistoryFileOptions) {
    this.#retention = retention;
    this.#file = new DatabaseFile({
      path,
      warn,
      what: 'history',
      migrations: HISTORY_MIGRATIONS,
      synchronous: 'NORMAL',
      opened: (db) => ({ db, chunks: new ChunkRows(db) }),
    });
  }

  /** All of them or none. Throws what SQLite says. */
  append(segments: readonly Segment[], nowMs: number): void {
    this.#file.use(nowMs, (open) => add(open, segments, (segment) => segment));
  }

  /**
   * Some subjects of a tail, from number `from` on. Of one that an earlier agent left (`left`), only what is newer than what is there of each
   * container. Throws what SQLite and the file system say, RangeError where it is no tail.
   */
  appendTail(path: string, from: number, left: boolean, nowMs: number): { rows: number; next: number | null } {
    const bytes = this.#tailBytes.read(path, from === 0);
    return this.#file.use(nowMs, (open) => {
      const { segments, next } = this.#tails.read(bytes, from, SUBJECTS_AT_ONCE);
      const rows = add(open, segments, left ? (segment) => newer(open.db, segment) : (segment) => segment);
      return { rows, next: next ?? null };
    });
  }

  read(query: HistoryQuery, nowMs: number): HistoryView | undefined {
    return this.#file.use(nowMs, ({ db, chunks }) => readHistory(db, chunks, query));
  }

  /** The node and its containers at the last tick at or before `atMs`, else the first there is. */
  moment(atMs: number, nowMs: number): MomentView | undefined {
    return this.#file.use(nowMs, ({ db, chunks }) => readMoment(db, chunks, atMs));
  }

  /** Makes coarser what has come of age, and removes what is too old or too much, a part at a time when it is time for it. Throws what SQLite says. */
  maintain(nowMs: number): void {
    this.#file.use(nowMs, ({ db, chunks }) => {
      if (nowMs - this.#rolledMs >= ROLL_UP_EVERY_MS && rollUp(db, chunks, nowMs) === 0) this.#rolledMs = nowMs;
      if (nowMs - this.#prunedMs < PRUNE_EVERY_MS) return;
      this.#prunedMs = nowMs;
      if (prune(db, [{ name: 'chunks', time: 'to_ms' }], this.#retention, nowMs) > 0) chunks.dropUnused();
    });
  }

  close(): void {
    this.#file.close();
  }
}

/** What `wanted` answers of these, all or none, taken one by one; answers how many rows it was. Throws what SQLite says. */
function add(
  { db, chunks }: { db: Database.Database; chunks: ChunkRows },
  segments: Iterable<Segment>,
  wanted: (segment: Segment) => Segment | undefined,
): number {
  let rows = 0;
  try {
    transaction(db, () => {
      for (const each of segments) {
        const segment = wanted(each);
        if (segment === undefined) continue;
        chunks.add(0, chunks.subject(segment.facts), segment);
        rows += segment.times.length;
      }
    });
  } catch (error) {
    chunks.reload();
    throw error;
  }
  return rows;
}

/** The rows of a segment that come after all that is there of its container; undefined: there are none. */
function newer(db: Database.Database, segment: Segment): Segment | undefined {
  const text = 'SELECT max(to_ms) AS last FROM chunks WHERE subject IN (SELECT id FROM subjects WHERE container = ?)';
  const { last } = statement(db, text).get(segment.facts.id) as { last: number | null };
  const { times, names, values } = segment;
  const from = last === null ? 0 : times.findIndex((time) => time > last);
  if (from === 0) return segment;
  if (from < 0) return undefined;
  const rows = times.length - from;
  const kept = new Float64Array(names.length * rows);
  for (let name = 0; name < names.length; name += 1)
    kept.set(values.subarray(name * times.length + from, (name + 1) * times.length), name * rows);
  return { ...segment, times: times.slice(from), values: kept };
}
