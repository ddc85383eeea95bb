import type { Database } from '#agent/store/database/open-database.js';
import { transaction } from '#agent/store/database/transaction.js';
import type { ChunkRows, Level, StoredChunk } from './chunk-rows.js';
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
const MOST_CHUNKS = 100;

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
    const { oldest } = db.prepare('SELECT min(to_ms) AS oldest FROM chunks WHERE level = ?').get(from) as {
      oldest: number | null;
    };
    if (oldest === null) continue;
    const startMs = Math.floor(oldest / windowMs) * windowMs;
    if (startMs + windowMs > nowMs - afterMs) continue;
    const where = `level = ? AND to_ms < ? ORDER BY subject, from_ms LIMIT ${MOST_CHUNKS}`;
    const due = [...chunks.read(where, from, startMs + windowMs)];
    transaction(db, () => {
      for (const [subject, group] of bySubject(due)) chunks.add(to, subject, coarser(group, stepMs));
      const remove = db.prepare('DELETE FROM chunks WHERE id = ?');
      for (const { id } of due) remove.run(id);
    });
    return due.length;
  }
  return 0;
}

/** The rows of chunks of one subject, one for each step that has any. Pure. */
export function coarser(chunks: readonly StoredChunk[], stepMs: number): Omit<Segment, 'facts'> {
  const buckets = new Map<number, number>();
  for (const { times } of chunks) for (const time of times) buckets.set(Math.floor(time / stepMs) * stepMs, 0);
  const times = Float64Array.from([...buckets.keys()].sort((a, b) => a - b));
  for (const [row, time] of times.entries()) buckets.set(time, row);
  const names = [...new Set(chunks.flatMap(({ figures }) => figures.map(({ name }) => name)))];
  const values = new Float64Array(names.length * times.length).fill(Number.NaN);
  const counts = new Uint32Array(values.length);
  for (const chunk of chunks) {
    const rows = Array.from(chunk.times, (time) => buckets.get(Math.floor(time / stepMs) * stepMs)!);
    for (const figure of chunk.figures) {
      const column = names.indexOf(figure.name) * times.length;
      const last = LAST.has(figure.name);
      for (let row = 0; row < rows.length; row += 1) {
        const value = figure.values[row]!;
        if (Number.isNaN(value)) continue;
        const at = column + rows[row]!;
        values[at] = last || counts[at] === 0 ? value : values[at]! + value;
        counts[at] = last ? 1 : counts[at]! + 1;
      }
    }
  }
  return { times, names, values: values.map((sum, at) => (counts[at]! > 1 ? sum / counts[at]! : sum)) };
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
