import { ClientError } from '#agent/contract/client-error.js';
import { defineCommand } from '#src/cli/command.js';
import { eachRef } from '#src/cli/each-ref.js';

export const RM = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Removes containers that do not run.',
  flags: {
    force: { type: 'boolean', short: 'f', help: 'Kill and remove running ones too; one that does not exist is no failure' },
    volumes: { type: 'boolean', short: 'v', help: 'Taken for the sake of scripts: there are no anonymous volumes to remove' },
  },
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  run: async (context, flags, refs) => {
    const client = await context.client();
    const force = flags.force ?? false;
    return eachRef(context, refs, (ref) => client.remove(ref, { force }), {
      forgives: (error) => force && error instanceof ClientError && error.code === 'CONTAINER_NOT_FOUND',
    });
  },
});
