import type { RuntimeKnowledge } from '#agent/discovery/runtime.js';

/** Cgroups that nobody known made, by hand for example: each is named by its path. */
export const other: RuntimeKnowledge = {
  runtime: 'other',
  recognise: (path) => ({ id: path, holds: true }),
  facts: ({ path }) => ({ name: path }),
  command: () => undefined,
};
