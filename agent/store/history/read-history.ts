import type { HistoryQuery, HistoryView } from '#agent/contract/journal.js';
import type { ContainerSnapshot, NodeSnapshot, Snapshot } from '#agent/contract/snapshot.js';
import type { Database } from '#agent/store/database/open-database.js';
import { type ChunkRows, LEVELS } from './chunk-rows.js';
import { containerOf, NODE_ID, nodeOf, type SubjectFacts } from './segment.js';

/** Points of an answer where nobody asked for a step. */
const POINTS = 1000;
const MOST_POINTS = 20_000;
const REPLAY_WINDOW_MS = 60_000;
/** From a chunk's first row to its last, at any level and any tick up to a minute. */
export const LONGEST_CHUNK_MS = 3_600_000;

/**
 * Figures of one container, the mean of each step that has any rows; undefined when there is none such. Where a name was that of several, one
 * after the other, the last one is meant.
 */
export function readHistory(db: Database.Database, chunks: ChunkRows, query: HistoryQuery): HistoryView | undefined {
  const found = subjectsOf(db, query.container);
  if (found === undefined) return undefined;
  const { fromMs, toMs } = query;
  const spanMs = Math.max(1, toMs - fromMs);
  const stepMs = Math.max(1000, query.stepMs ?? Math.ceil(spanMs / POINTS / 1000) * 1000, Math.ceil(spanMs / MOST_POINTS));
  const wanted = query.fields === undefined ? undefined : new Set(query.fields);
  const sums = new Map<number, Map<string, { sum: number; count: number }>>();
  const where = `subject IN (${found.subjects.join(',')}) AND to_ms >= ? AND from_ms < ? ORDER BY from_ms`;
  for (const { times, figures } of chunks.read(where, fromMs, toMs))
    times.forEach((time, row) => {
      if (time < fromMs || time >= toMs) return;
      const bucket = Math.floor(time / stepMs) * stepMs;
      const known = sums.get(bucket) ?? new Map<string, { sum: number; count: number }>();
      sums.set(bucket, known);
      for (const { name, values } of figures) {
        const value = values[row]!;
        if (Number.isNaN(value) || name.startsWith('@') || wanted?.has(name) === false) continue;
        const figure = known.get(name);
        if (figure === undefined) known.set(name, { sum: value, count: 1 });
        else {
          figure.sum += value;
          figure.count += 1;
        }
      }
    });
  const buckets = [...sums].sort(([a], [b]) => a - b);
  const names = [...new Set(buckets.flatMap(([, figures]) => [...figures.keys()]))].sort();
  const fields = names.map((name) => [name, buckets.map(([, figures]) => meanOf(figures.get(name)))] as const);
  return {
    id: found.id,
    stepMs,
    times: buckets.map(([bucket]) => new Date(bucket).toISOString()),
    fields: Object.fromEntries(fields),
  };
}

/**
 * What was recorded, tick by tick, as it was seen then, but for what rounding took; of one container, or all, by id. Monotonic time is that of the
 * clock then, so that it goes on across agents.
 */
export function* readSnapshots(
  db: Database.Database,
  chunks: ChunkRows,
  query: { fromMs: number; toMs: number; container?: string | undefined },
): Generator<Snapshot> {
  const facts = new Map<number, SubjectFacts | undefined>();
  const factsOf = (subject: number): SubjectFacts | undefined => {
    if (!facts.has(subject)) facts.set(subject, chunks.facts(subject));
    return facts.get(subject);
  };
  const only = query.container === undefined ? '' : `subject IN (${replayedSubjects(db, query.container).join(',')}) AND`;
  let node: NodeSnapshot = { signals: {}, memTotalBytes: 0, cpus: 0 };
  for (const { startMs, endMs } of windows(db, query)) {
    const ticks = new Map<number, { node?: NodeSnapshot; containers: ContainerSnapshot[] }>();
    const where = `${only} level IN (${LEVELS.join(',')}) AND to_ms >= ? AND to_ms < ? AND from_ms < ?`;
    for (const { subject, times, figures } of chunks.read(where, startMs, endMs + LONGEST_CHUNK_MS, endMs)) {
      const known = factsOf(subject);
      if (known === undefined) continue;
      times.forEach((time, row) => {
        if (time < startMs || time >= endMs) return;
        const tick = ticks.get(time) ?? { containers: [] };
        ticks.set(time, tick);
        const at = new Map(figures.map(({ name, values }) => [name, values[row]!]));
        if (known.id === NODE_ID) tick.node = nodeOf(at);
        else tick.containers.push(containerOf(known, at));
      });
    }
    for (const [atMs, tick] of [...ticks].sort(([a], [b]) => a - b)) {
      node = tick.node ?? node;
      const containers = tick.containers.sort((a, b) => (a.id < b.id ? -1 : 1));
      yield { atMs, monotonicMs: atMs, node, containers };
    }
  }
}

/** Minute by minute, but for stretches that no chunk is in. */
function* windows(
  db: Database.Database,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Generator<{ startMs: number; endMs: number }> {
  const next = db.prepare('SELECT min(to_ms) AS next FROM chunks WHERE level = ? AND to_ms >= ?');
  for (let startMs = fromMs; startMs < toMs; startMs += REPLAY_WINDOW_MS) {
    const ends = LEVELS.map((level) => (next.get(level, startMs) as { next: number | null }).next ?? Number.POSITIVE_INFINITY);
    startMs = Math.max(startMs, Math.min(...ends) - LONGEST_CHUNK_MS);
    if (startMs < toMs) yield { startMs, endMs: Math.min(startMs + REPLAY_WINDOW_MS, toMs) };
  }
}

/** Numbers of a container's subjects, by its name, its id or the start of its id. */
function subjectsOf(db: Database.Database, ref: string): { id: string; subjects: number[] } | undefined {
  const rows = db
    .prepare(
      'SELECT id, container FROM subjects WHERE container <> ? AND (name = ? OR (container >= ? AND container < ?)) ORDER BY id',
    )
    .all(NODE_ID, ref, ref, `${ref}\u{10ffff}`) as { id: number; container: string }[];
  const last = rows.at(-1)?.container;
  if (last === undefined) return undefined;
  return { id: last, subjects: rows.filter(({ container }) => container === last).map(({ id }) => id) };
}

function replayedSubjects(db: Database.Database, ref: string): number[] {
  const nodes = db.prepare('SELECT id FROM subjects WHERE container = ?').all(NODE_ID) as { id: number }[];
  return [...nodes.map(({ id }) => id), ...(subjectsOf(db, ref)?.subjects ?? [])];
}

function meanOf(figure: { sum: number; count: number } | undefined): number | null {
  return figure === undefined ? null : figure.sum / figure.count;
}
