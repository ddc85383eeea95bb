import type { TraceEvent } from '#agent/contract/trace.js';
import type { TraceKind } from '#agent/contract/trace-kinds.js';
import type { IdSpace } from './id-space.js';

/** What a decoder may ask. */
export interface TraceHelp {
  /** A cgroup's path in its hierarchy; `id`s as programs tell them. undefined: it is gone. */
  cgroupPath(space: IdSpace, id: bigint): string | undefined;
  /** `openat` for 257 on x86_64; undefined: nobody knows. */
  syscallName(number: number): string | undefined;
  /** The container of a cgroup, as people name it. */
  nameOf(space: IdSpace, id: bigint): string | undefined;
}

export interface DecodedEvent {
  /** Whose it is: the first of these that a container has. */
  cgroups: readonly (readonly [space: IdSpace, id: bigint])[];
  /** Inode number of a network namespace, asked about when no cgroup tells. */
  network?: number;
  /** Path of a cgroup, in whatever hierarchy, asked about when neither tells. */
  path?: string;
  event: TraceEvent['event'];
  attributes: TraceEvent['attributes'];
}

/** A program that is loaded while somebody watches. */
interface Loaded {
  readonly kind: TraceKind;
  readonly object: string;
}

/** One that sends each event to its ring buffer `events`. */
export interface RecordSource extends Loaded {
  /** undefined: not an event to show. */
  decode(record: Buffer, help: TraceHelp): DecodedEvent | undefined;
}

/** One that counts in a hash map of u64 values, as there would be too many events: how many came is told every so often. */
export interface CountSource extends Loaded {
  readonly map: string;
  readonly keyBytes: number;
  readonly everyMs: number;
  decodeCount(key: Buffer, count: number, help: TraceHelp): DecodedEvent;
}

export type TraceSource = RecordSource | CountSource;

/** A C string in a field of so many bytes. */
export function text(record: Buffer, at: number, bytes: number): string {
  const field = record.subarray(at, at + bytes);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? bytes : end);
}
