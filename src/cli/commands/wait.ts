import { defineCommand } from '#src/cli/command.js';
import { eachRef } from '#src/cli/each-ref.js';

export const WAIT = defineCommand({
  usage: 'CONTAINER [CONTAINER...]',
  description: 'Waits until containers do not run, and prints the exit code of each.',
  flags: {},
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  run: async (context, _flags, refs) => {
    const client = await context.client();
    return eachRef(context, refs, (ref) => client.wait(ref), { say: ({ exitCode }) => String(exitCode) });
  },
});
