import type { WhyBackend } from '#agent/contract/why.js';

/** Nothing holds anything back: for tests of the API's translation. */
export const MEMORY_WHY: WhyBackend = {
  why: async (ref, { windowMs }) => ({
    id: 'a'.repeat(64),
    name: ref,
    time: '2026-01-01T00:00:00.000Z',
    status: 'running',
    windowMs,
    factors: [],
    unknown: [],
  }),
};
