import { Buffer } from 'node:buffer';
import type { Snapshot } from '#agent/contract/snapshot.js';
import type { Segment } from '#agent/store/history/segment.js';
import { TAIL_MAGIC } from '#agent/store/history/tail/format.js';
import { TailReader } from '#agent/store/history/tail/read-tail.js';
import { TailEncoder } from '#agent/store/history/tail/tail-encoder.js';

const TICKS = 60;

/** What history is given of these snapshots, a minute of them after the other. */
export function segmentsOf(snapshots: readonly Snapshot[]): Segment[][] {
  const minutes: Segment[][] = [];
  for (let first = 0; first < snapshots.length; first += TICKS)
    minutes.push(readTail(tailOf(snapshots.slice(first, first + TICKS)), 0, Number.POSITIVE_INFINITY).segments);
  return minutes;
}

/** The bytes of a tail with these snapshots. */
export function tailOf(snapshots: readonly Snapshot[]): Buffer {
  const encoder = new TailEncoder();
  return Buffer.concat([TAIL_MAGIC, ...snapshots.map((each) => Buffer.from(encoder.encode(each)))]);
}

/** As TailReader reads it, the segments to be kept. */
export function readTail(bytes: Buffer, from: number, most: number): { segments: Segment[]; next: number | undefined } {
  const { segments, next } = new TailReader().read(bytes, from, most);
  return { segments: Array.from(segments, (segment) => ({ ...segment, values: segment.values.slice() })), next };
}
