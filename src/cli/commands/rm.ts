import { defineCommand } from '#src/cli/command.js';
import { eachRef } from '#src/cli/each-ref.js';

export const RM = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Removes containers that do not run.',
  flags: { force: { type: 'boolean', short: 'f', help: 'Kill and remove running ones too' } },
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  run: async (context, flags, refs) => {
    const client = await context.client();
    return eachRef(context, refs, (ref) => client.remove(ref, { force: flags.force ?? false }));
  },
});
