import { BLOCK_IO } from './block-io.js';
import { PROCESSES } from './processes.js';
import { RUN_QUEUE } from './run-queue.js';
import type { SumSource } from './sum-source.js';
import { TCP } from './tcp.js';

/** What is added up all the time; what each costs stands in docs/bpf.md. */
export const SUM_SOURCES = {
  runQueue: RUN_QUEUE,
  blockIo: BLOCK_IO,
  tcp: TCP,
  processes: PROCESSES,
} as const satisfies Record<string, SumSource>;

export type SumName = keyof typeof SUM_SOURCES;
