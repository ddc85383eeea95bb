import { LATENCY_SLOTS, type SumSource } from './sum-source.js';

/** Words: counts by log2 of µs, then nanoseconds. */
export const RUN_QUEUE: SumSource = {
  name: 'run-queue latency',
  object: 'runqueue.bpf.o',
  map: 'latency',
  space: 'tasks',
  keyBytes: 8,
  words: LATENCY_SLOTS + 1,
  label: () => '',
  help: 'how long tasks wait for a CPU, cpu.latency.p99',
};
