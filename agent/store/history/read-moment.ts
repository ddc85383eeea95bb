import type { MomentView } from '#agent/contract/moment.js';
import type { Database } from '#agent/store/database/open-database.js';
import { type ChunkRows, LEVELS, type StoredChunk } from './chunk-rows.js';
import { LONGEST_CHUNK_MS } from './read-history.js';
import { containerOf, NODE_ID, nodeOf } from './segment.js';

/**
 * The node and its containers at the last tick at or before `atMs`, else the first there is, and when the ticks next to it were; undefined when
 * nothing was recorded at all. Of what is older than a day a tick is a mean of 10 s, than a week of 60 s.
 */
export function readMoment(db: Database.Database, chunks: ChunkRows, atMs: number): MomentView | undefined {
  const nodes = db.prepare('SELECT id FROM subjects WHERE container = ?').all(NODE_ID) as { id: number }[];
  const ofNode = `subject IN (${nodes.map(({ id }) => id).join(',')}) AND`;
  const before =
    first(chunks.read(`${ofNode} from_ms <= ? ORDER BY from_ms DESC LIMIT 1`, atMs)) ??
    first(chunks.read(`${ofNode} from_ms > ? ORDER BY from_ms LIMIT 1`, atMs));
  if (before === undefined) return undefined;
  const row = Math.max(
    0,
    before.times.findLastIndex((time) => time <= atMs),
  );
  const tickMs = before.times[row]!;
  const previousMs =
    before.times[row - 1] ??
    first(chunks.read(`${ofNode} from_ms < ? ORDER BY from_ms DESC LIMIT 1`, before.times[0]!))?.times.at(-1);
  const nextMs = before.times[row + 1] ?? first(chunks.read(`${ofNode} from_ms > ? ORDER BY from_ms LIMIT 1`, tickMs))?.times[0];
  return {
    at: timeOf(tickMs)!,
    previous: timeOf(previousMs),
    next: timeOf(nextMs),
    node: nodeOf(figuresAt(before, row)),
    containers: containersAt(chunks, tickMs),
  };
}

function containersAt(chunks: ChunkRows, tickMs: number): MomentView['containers'] {
  const where = `level IN (${LEVELS.join(',')}) AND to_ms >= ? AND to_ms <= ? AND from_ms <= ? ORDER BY subject`;
  const found = new Map<string, MomentView['containers'][number]>();
  for (const { subject, figures } of chunks.readAt(tickMs, where, tickMs, tickMs + LONGEST_CHUNK_MS, tickMs)) {
    const facts = chunks.facts(subject);
    // One whose limits changed within a step of means is there twice: how it was at last counts.
    if (facts !== undefined && facts.id !== NODE_ID) found.set(facts.id, containerOf(facts, figures));
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function figuresAt({ figures }: StoredChunk, row: number): Map<string, number> {
  return new Map(figures.map(({ name, values }) => [name, values[row]!]));
}

function first<T>(values: Generator<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
