import { CPU } from './families/cpu.js';
import type { Family } from './families/family.js';
import { IO } from './families/io.js';
import { LIMITS } from './families/limits.js';
import { MEMORY } from './families/memory.js';
import { NETWORK } from './families/network.js';
import { PRESSURE } from './families/pressure.js';
import { PROCESSES } from './families/processes.js';
import { STATE, TIMES } from './families/state.js';

/** Every family of containers, in the order of /metrics, under cAdvisor's names and meanings. */
export const FAMILIES: readonly Family[] = [
  ...TIMES,
  ...CPU,
  ...MEMORY,
  ...LIMITS,
  ...IO,
  ...NETWORK,
  ...PRESSURE,
  ...PROCESSES,
  ...STATE,
];
