/**
 * V8's flags for whoever starts tsgov: left to itself V8 lets garbage wait until the agent is 25 MB larger for nothing. By much less than 80 % it looks
 * for it so often that its threads take a third of the CPU time of an agent of a thousand containers. The code cache is made under the same flags,
 * as V8 takes no other.
 */
export const V8_FLAGS: readonly string[] = ['--max-semi-space-size=4', '--heap-growing-percent=80'];
