import type { HistoryQuery, HistoryView } from '#agent/contract/journal.js';
import type { ContainerSnapshot, NodeSnapshot, Snapshot } from '#agent/contract/snapshot.js';
import type { Database } from '#agent/store/database/open-database.js';
import { type ChunkRows, LEVELS } from './chunk-rows.js';
import { largestOf, leastOf } from './extremes.js';
import { containerOf, NODE_ID, nodeOf, type SubjectFacts } from './segment.js';
import { Steps } from './steps.js';

/** Points of an answer where nobody asked for a step. */
const POINTS = 1000;
const MOST_POINTS = 20_000;
/** The coarsest row is a minute long. */
const MOST_STEP_MS = 60_000;
const REPLAY_WINDOW_MS = 60_000;
/** From a chunk's first row to its last, at any level and any tick up to a minute. */
export const LONGEST_CHUNK_MS = 3_600_000;

/**
 * Figures of one container in steps from `fromMs` to `toMs`: mean, least and largest value of each, null where nothing was recorded; steps before
 * its first row and after its last are left out. Undefined: there is none such. Where a name was that of several, one after the other, the last
 * one is meant, under all the names it had. Rows that are means already weigh as much as the time they are of.
 */
export function readHistory(db: Database.Database, chunks: ChunkRows, query: HistoryQuery): HistoryView | undefined {
  const found = subjectsOf(db, query.container);
  if (found === undefined) return undefined;
  const { fromMs, toMs } = query;
  const spanMs = Math.max(1, toMs - fromMs);
  const wanted = query.fields === undefined ? undefined : new Set(query.fields);
  const where = `subject IN (${found.subjects.join(',')}) AND to_ms >= ? AND from_ms < ?`;
  const { coarsest } = db
    .prepare(`SELECT max(level) AS coarsest FROM chunks WHERE ${where}`)
    .get(fromMs - MOST_STEP_MS, toMs) as {
    coarsest: number | null;
  };
  const asked = query.stepMs ?? Math.ceil(spanMs / POINTS / 1000) * 1000;
  // In shorter steps than rows have, what is there would seem to have gaps.
  const steps = new Steps(fromMs, toMs, Math.max(1000, asked, Math.ceil(spanMs / MOST_POINTS), (coarsest ?? 0) * 1000));
  for (const { level, times, figures } of chunks.read(`${where} ORDER BY from_ms`, fromMs - MOST_STEP_MS, toMs)) {
    const byName = new Map(figures.map(({ name, values }) => [name, values]));
    const rows = Array.from(times, (time) => (time < fromMs || time >= toMs ? undefined : steps.begin(time, level)));
    for (const [name, values] of byName) {
      if (name.startsWith('@') || wanted?.has(name) === false) continue;
      const [least, largest] = [byName.get(leastOf(name)), byName.get(largestOf(name))];
      for (const [row, step] of rows.entries())
        if (step !== undefined) steps.add(step, name, values[row]!, least?.[row], largest?.[row], level);
    }
  }
  return { id: found.id, name: found.name, ...steps.view() };
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

/** A container's subjects, under all names it had, by any of these, its id or the start of its id; and its last name. */
function subjectsOf(db: Database.Database, ref: string): { id: string; name: string; subjects: number[] } | undefined {
  const rows = db
    .prepare(
      'SELECT id, container FROM subjects WHERE container <> ? AND (name = ? OR (container >= ? AND container < ?)) ORDER BY id',
    )
    .all(NODE_ID, ref, ref, `${ref}\u{10ffff}`) as { id: number; container: string }[];
  const last = rows.at(-1)?.container;
  if (last === undefined) return undefined;
  const all = db.prepare('SELECT id, name FROM subjects WHERE container = ? ORDER BY id').all(last) as {
    id: number;
    name: string;
  }[];
  return { id: last, name: all.at(-1)?.name ?? '', subjects: all.map(({ id }) => id) };
}

function replayedSubjects(db: Database.Database, ref: string): number[] {
  const nodes = db.prepare('SELECT id FROM subjects WHERE container = ?').all(NODE_ID) as { id: number }[];
  return [...nodes.map(({ id }) => id), ...(subjectsOf(db, ref)?.subjects ?? [])];
}
