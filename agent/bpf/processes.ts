import type { SumSource } from './sum-source.js';

/** Words of struct process_counts. */
export const PROCESS_WORDS = ['execs', 'forks', 'exits'] as const;

export const PROCESSES: SumSource = {
  name: 'exec, fork and exit',
  object: 'process.bpf.o',
  map: 'processes',
  space: 'tasks',
  keyBytes: 8,
  words: PROCESS_WORDS.length,
  label: () => '',
  help: 'processes that come and go, those between two looks at /proc too',
};
