import type { IdSpace } from './id-space.js';

/** A program that adds up in a hash map: its key starts with a cgroup id (u64), its value is u64 counters. */
export interface SumSource {
  readonly name: string;
  /** File in native/bpf's output. */
  readonly object: string;
  readonly map: string;
  readonly space: IdSpace;
  readonly keyBytes: number;
  /** u64 words of a value. */
  readonly words: number;
  /** What else a key says: sums of one container are kept apart by it. */
  label(key: Buffer): string;
  /** Inode number of the network namespace in the key, by which a container is found where the cgroup says nothing. */
  network?(key: Buffer): number;
  readonly help: string;
}

/** Slots of a latency, in µs, and of a size, in sectors; as in native/bpf. */
export const LATENCY_SLOTS = 27;
export const SIZE_SLOTS = 16;
