/** By how many percent the heap may grow before V8 looks for garbage, as an agent starts (agent/compose/heap-growth.ts has the rest). */
export const HEAP_GROWTH_PERCENT = 15;

/**
 * V8's flags for whoever starts tsgov: garbage that waits costs the agent 25 MB for nothing. Its code cache is made under the same, as V8
 * takes no other.
 */
export const V8_FLAGS: readonly string[] = ['--max-semi-space-size=4', `--heap-growing-percent=${HEAP_GROWTH_PERCENT}`];
