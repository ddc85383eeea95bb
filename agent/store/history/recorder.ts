import type { Snapshot } from '#agent/contract/snapshot.js';
import { FigureNames } from './figure-names.js';
import { eachFigure, eachNodeFigure, NODE_ID, type Segment, type SubjectFacts, sameFacts } from './segment.js';
import { SegmentBuffer } from './segment-buffer.js';

const ROWS = 60;
const NODE_FACTS: SubjectFacts = { id: NODE_ID, name: '', image: '', labels: {}, runtime: '', cgroup: '/', limits: {} };

/**
 * Gathers snapshots in memory and hands them on by subject, a minute at a time, not all in the same tick. What was not handed on when the agent
 * is killed is lost: up to a minute.
 */
export class HistoryRecorder {
  readonly #send: (segments: Segment[]) => void;
  readonly #names = new FigureNames();
  #buffers = new Map<string, SegmentBuffer>();

  constructor(send: (segments: Segment[]) => void) {
    this.#send = send;
  }

  observe({ atMs, node, containers }: Snapshot): void {
    const done: Segment[] = [];
    const before = this.#buffers;
    const after = new Map<string, SegmentBuffer>();
    const take = (buffer: SegmentBuffer | undefined): void => {
      const segment = buffer?.take();
      if (segment !== undefined) done.push(segment);
    };
    const bufferOf = (facts: SubjectFacts): SegmentBuffer => {
      const known = before.get(facts.id);
      before.delete(facts.id);
      if (known !== undefined && sameFacts(known.facts, facts) && !known.full) return known;
      take(known);
      return new SegmentBuffer(factsOf(facts), this.#names, known === undefined ? 1 + (spreadOf(facts.id) % ROWS) : ROWS);
    };
    const nodeBuffer = bufferOf(NODE_FACTS);
    after.set(NODE_ID, nodeBuffer);
    nodeBuffer.begin(atMs);
    eachNodeFigure(node, nodeBuffer.set);
    for (const container of containers) {
      const buffer = bufferOf(container);
      after.set(container.id, buffer);
      buffer.begin(atMs);
      eachFigure(container, buffer.set);
    }
    // Those left are of containers that do not run any more.
    for (const buffer of before.values()) take(buffer);
    this.#buffers = after;
    if (done.length > 0) this.#send(done);
  }

  /** Hands on all there is. */
  flush(): void {
    const done = [...this.#buffers.values()].flatMap((buffer) => buffer.take() ?? []);
    this.#buffers = new Map();
    if (done.length > 0) this.#send(done);
  }
}

function factsOf({ id, name, image, labels, runtime, cgroup, limits }: SubjectFacts): SubjectFacts {
  return { id, name, image, labels, runtime, cgroup, limits };
}

/** A number that differs from id to id. */
function spreadOf(id: string): number {
  let hash = 0;
  for (let at = 0; at < id.length; at += 1) hash = (Math.imul(hash, 31) + id.charCodeAt(at)) >>> 0;
  return hash;
}
