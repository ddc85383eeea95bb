import type { Database } from '#agent/store/database/open-database.js';
import { statement } from '#agent/store/database/statement.js';
import { BEST, ChunkEncoder, FAST } from './chunk-encoder.js';
import { decodeChunk, decodeRow } from './codec.js';
import { decimalsOf } from './decimals.js';
import type { Segment, SubjectFacts } from './segment.js';

/** Seconds from one row of a chunk to the next; 0: each tick as it came, in chunks of a minute. */
export const LEVELS = [0, 1, 10, 60] as const;
export type Level = (typeof LEVELS)[number];

/** A chunk of the database with its names. */
export interface StoredChunk {
  id: number;
  subject: number;
  level: Level;
  times: Float64Array;
  figures: { name: string; values: Float64Array }[];
}

interface ChunkRow {
  id: number;
  subject: number;
  level: Level;
  data: ArrayBuffer | Uint8Array;
}

/** Chunks, subjects and names of figures of one history.db. */
export class ChunkRows {
  readonly #db: Database.Database;
  readonly #encoder = new ChunkEncoder();
  readonly #fieldIds = new Map<string, number>();
  readonly #fieldNames = new Map<number, string>();
  readonly #subjects = new Map<string, number>();

  constructor(db: Database.Database) {
    this.#db = db;
    this.reload();
  }

  /** Forgets what it knows by heart: a transaction that failed took some of it back. */
  reload(): void {
    this.#fieldIds.clear();
    this.#fieldNames.clear();
    this.#subjects.clear();
    for (const { id, name } of this.#db.prepare('SELECT id, name FROM fields').all() as { id: number; name: string }[])
      this.#name(id, name);
  }

  /** Adds a chunk; the caller holds the transaction. */
  add(level: Level, subject: number, { times, names, values, constant }: Omit<Segment, 'facts'>): void {
    const rows = times.length;
    const columns = names.map((name, index) => ({
      field: this.#fieldId(name),
      decimals: decimalsOf(name),
      values: values.subarray(index * rows, (index + 1) * rows),
      constant: constant?.[index] === 1,
    }));
    statement(this.#db, 'INSERT INTO chunks (level, subject, from_ms, to_ms, data) VALUES (?, ?, ?, ?, ?)').run(
      level,
      subject,
      Math.round(times[0] ?? 0),
      Math.round(times.at(-1) ?? 0),
      this.#encoder.encode({ times, columns }, level === 0 ? FAST : BEST),
    );
  }

  /** Chunks by a condition on their rows. Throws when one is damaged. */
  *read(where: string, ...values: (string | number)[]): Generator<StoredChunk> {
    for (const { id, subject, level, data } of this.#rows(where, values)) {
      const { times, columns } = decodeChunk(new Uint8Array(data));
      const figures = columns.map(({ field, values }) => ({ name: this.#fieldNames.get(field) ?? `@${field}`, values }));
      yield { id, subject, level, times, figures };
    }
  }

  /** Each subject's figures at `timeMs` out of chunks by a condition on their rows; none of chunks without such a row. Throws when one is damaged. */
  *readAt(timeMs: number, where: string, ...values: number[]): Generator<{ subject: number; figures: Map<string, number> }> {
    for (const { subject, data } of this.#rows(where, values)) {
      const row = decodeRow(new Uint8Array(data), timeMs);
      if (row === undefined) continue;
      const figures = new Map<string, number>();
      for (const [field, value] of row) figures.set(this.#fieldNames.get(field) ?? `@${field}`, value);
      yield { subject, figures };
    }
  }

  /** The number of a subject as it is; the caller holds the transaction. */
  subject({ id, ...facts }: SubjectFacts): number {
    const text = JSON.stringify(facts);
    const key = `${id} ${text}`;
    let number = this.#subjects.get(key);
    if (number === undefined) {
      this.#db.prepare('INSERT OR IGNORE INTO subjects (container, name, facts) VALUES (?, ?, ?)').run(id, facts.name, text);
      const row = this.#db.prepare('SELECT id FROM subjects WHERE container = ? AND facts = ?').get(id, text) as { id: number };
      number = row.id;
      this.#subjects.set(key, number);
    }
    return number;
  }

  /** What a subject's number means. */
  facts(subject: number): SubjectFacts | undefined {
    const row = this.#db.prepare('SELECT container, facts FROM subjects WHERE id = ?').get(subject) as
      | { container: string; facts: string }
      | undefined;
    return row && { id: row.container, ...(JSON.parse(row.facts) as Omit<SubjectFacts, 'id'>) };
  }

  /** Subjects that no chunk has any more go. */
  dropUnused(): void {
    this.#db.exec('DELETE FROM subjects WHERE id NOT IN (SELECT subject FROM chunks)');
    this.#subjects.clear();
  }

  #rows(where: string, values: readonly (string | number)[]): ChunkRow[] {
    return this.#db.prepare(`SELECT id, subject, level, data FROM chunks WHERE ${where}`).all(...values) as ChunkRow[];
  }

  #fieldId(name: string): number {
    const known = this.#fieldIds.get(name);
    if (known !== undefined) return known;
    const { lastInsertRowid } = this.#db.prepare('INSERT INTO fields (name) VALUES (?)').run(name);
    this.#name(Number(lastInsertRowid), name);
    return Number(lastInsertRowid);
  }

  #name(id: number, name: string): void {
    this.#fieldIds.set(name, id);
    this.#fieldNames.set(id, name);
  }
}
