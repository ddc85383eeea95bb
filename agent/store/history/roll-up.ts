import type { Database } from '#agent/store/database/open-database.js';
import { statement } from '#agent/store/database/statement.js';
import { transaction } from '#agent/store/database/transaction.js';
import type { ChunkRows, Level, StoredChunk } from './chunk-rows.js';
import { largestOf, leastOf, signalOf } from './extremes.js';
import type { Segment } from './segment.js';

const HOUR_MS = 3_600_000;

interface Stage {
  from: Level;
  to: Level;
  /** From one row to the next; 1: the rows stay as they are. */
  stepMs: number;
  /** Of a chunk. */
  windowMs: number;
  /** What is older than this is kept at the coarser level only. */
  afterMs: number;
}

/**
 * The minutes as they came become longer chunks, which take a fifth less. Each tick for a day, 10 s for a week, 60 s for as long as history
 * is kept.
 */
export const STAGES: readonly Stage[] = [
  { from: 0, to: 1, stepMs: 1, windowMs: 600_000, afterMs: 120_000 },
  { from: 1, to: 10, stepMs: 10_000, windowMs: 3_600_000, afterMs: 24 * HOUR_MS },
  { from: 10, to: 60, stepMs: 60_000, windowMs: 3_600_000, afterMs: 7 * 24 * HOUR_MS },
];

/** At a time, so that nobody waits for long. */
const MOST_CHUNKS = 50;

/** What is a running count, or a state, keeps its last value; all else its mean. */
const LAST: ReadonlySet<string> = new Set([
  '@frozen',
  '@ending',
  '@cpus',
  '@memTotalBytes',
  '@memory.someTotalUsec',
  '@memory.pgscan',
  '@memory.oomGroup',
]);

/** Makes the oldest chunks that have come of age coarser, some at a time; answers how many. One transaction. */
export function rollUp(db: Database.Database, chunks: ChunkRows, nowMs: number): number {
  for (const { from, to, stepMs, windowMs, afterMs } of STAGES) {
    const { oldest } = statement(db, 'SELECT min(to_ms) AS oldest FROM chunks WHERE level = ?').get(from) as {
      oldest: number | null;
    };
    if (oldest === null) continue;
    const startMs = Math.floor(oldest / windowMs) * windowMs;
    if (startMs + windowMs > nowMs - afterMs) continue;
    const where = `level = ? AND to_ms < ? ORDER BY subject, from_ms LIMIT ${MOST_CHUNKS}`;
    const due = [...chunks.read(where, from, startMs + windowMs)];
    transaction(db, () => {
      for (const [subject, group] of bySubject(due))
        chunks.add(to, subject, stepMs === 1 ? joined(group) : coarser(group, stepMs));
      const remove = statement(db, 'DELETE FROM chunks WHERE id = ?');
      for (const { id } of due) remove.run(id);
    });
    return due.length;
  }
  return 0;
}

/** The rows of chunks of one subject, one after the other. Pure. */
export function joined(chunks: readonly StoredChunk[]): Omit<Segment, 'facts'> {
  const inOrder = [...chunks].sort((a, b) => a.times[0]! - b.times[0]!);
  const rows = inOrder.reduce((sum, { times }) => sum + times.length, 0);
  const columns = new Map<string, Float64Array>();
  const times = new Float64Array(rows);
  let from = 0;
  for (const chunk of inOrder) {
    times.set(chunk.times, from);
    for (const { name, values } of chunk.figures) {
      const column = columns.get(name) ?? new Float64Array(rows).fill(Number.NaN);
      columns.set(name, column);
      column.set(values, from);
    }
    from += chunk.times.length;
  }
  const values = new Float64Array(columns.size * rows);
  for (const [index, column] of [...columns.values()].entries()) values.set(column, index * rows);
  return { times, names: [...columns.keys()], values };
}

/**
 * The rows of chunks of one subject, one for each step that has any: means, and of signals the least and the largest value, also of rows that
 * are means already. Pure.
 */
export function coarser(chunks: readonly StoredChunk[], stepMs: number): Omit<Segment, 'facts'> {
  const buckets = new Map<number, number>();
  for (const { times } of chunks) for (const time of times) buckets.set(Math.floor(time / stepMs) * stepMs, 0);
  const times = Float64Array.from([...buckets.keys()].sort((a, b) => a - b));
  for (const [row, time] of times.entries()) buckets.set(time, row);
  const columns = new Map<string, Column>();
  for (const chunk of chunks) {
    const rows = Array.from(chunk.times, (time) => buckets.get(Math.floor(time / stepMs) * stepMs)!);
    const byName = new Map(chunk.figures.map(({ name, values }) => [name, values]));
    for (const { name, values } of chunk.figures) {
      if (signalOf(name) !== name) continue;
      const column = columns.get(name) ?? newColumn(times.length);
      columns.set(name, column);
      const [least, largest] = [byName.get(leastOf(name)), byName.get(largestOf(name))];
      for (const [row, value] of values.entries())
        if (!Number.isNaN(value))
          add(column, rows[row]!, value, orMean(least?.[row], value), orMean(largest?.[row], value), LAST.has(name));
    }
  }
  return { times, ...figuresOf(columns) };
}

interface Column {
  sums: Float64Array;
  counts: Uint32Array;
  least: Float64Array;
  largest: Float64Array;
}

function newColumn(rows: number): Column {
  const empty = () => new Float64Array(rows).fill(Number.NaN);
  return { sums: empty(), counts: new Uint32Array(rows), least: empty(), largest: empty() };
}

function add(column: Column, row: number, value: number, least: number, largest: number, last: boolean): void {
  const first = last || column.counts[row] === 0;
  column.sums[row] = first ? value : column.sums[row]! + value;
  column.counts[row] = first ? 1 : column.counts[row]! + 1;
  column.least[row] = first ? least : Math.min(column.least[row]!, least);
  column.largest[row] = first ? largest : Math.max(column.largest[row]!, largest);
}

/** Extremes are left out where they are the mean everywhere, and of what is no signal. */
function figuresOf(columns: ReadonlyMap<string, Column>): Pick<Segment, 'names' | 'values'> {
  const figures: [string, Float64Array][] = [];
  for (const [name, { sums, counts, least, largest }] of columns) {
    const means = sums.map((sum, row) => (counts[row]! > 1 ? sum / counts[row]! : sum));
    figures.push([name, means]);
    if (name.startsWith('@')) continue;
    const differs = (values: Float64Array) => values.some((value, row) => value !== means[row] && !Number.isNaN(value));
    if (differs(least)) figures.push([leastOf(name), least]);
    if (differs(largest)) figures.push([largestOf(name), largest]);
  }
  const rows = figures[0]?.[1].length ?? 0;
  const values = new Float64Array(figures.length * rows);
  for (const [index, [, column]] of figures.entries()) values.set(column, index * rows);
  return { names: figures.map(([name]) => name), values };
}

function orMean(value: number | undefined, mean: number): number {
  return value === undefined || Number.isNaN(value) ? mean : value;
}

function bySubject(chunks: readonly StoredChunk[]): Map<number, StoredChunk[]> {
  const groups = new Map<number, StoredChunk[]>();
  for (const chunk of chunks) {
    const group = groups.get(chunk.subject);
    if (group === undefined) groups.set(chunk.subject, [chunk]);
    else group.push(chunk);
  }
  return groups;
}
