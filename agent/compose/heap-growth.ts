import { HEAP_GROWTH_PERCENT } from '#agent/contract/v8-flags.js';

/** From so many on the memory of the containers themselves is what counts on a node, not the agent's. */
const MANY = 300;
const LARGE_PERCENT = 40;

/**
 * By how many percent V8's heap may grow before it looks for garbage, `--heap-growing-percent`. Looking takes longer the more there is: with
 * a thousand containers at 15 % V8's threads used a third of the agent's CPU time. V8 reads the flag anew at each collection, so that it may change.
 */
export function heapGrowthPercent(containers: number): number {
  return containers < MANY ? HEAP_GROWTH_PERCENT : LARGE_PERCENT;
}
