import { defineCommand } from '#src/cli/command.js';
import { eachRef } from '#src/cli/each-ref.js';

export const THAW = defineCommand({
  usage: 'CONTAINER [CONTAINER...]',
  description: 'Lets frozen containers go on.',
  flags: {},
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  run: async (context, _flags, refs) => {
    const client = await context.client();
    return eachRef(context, refs, (ref) => client.thaw(ref));
  },
});
