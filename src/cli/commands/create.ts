import { defineCommand } from '#src/cli/command.js';
import { createContainer } from '#src/cli/create/create-container.js';
import { CREATE_FLAGS } from '#src/cli/create/flags.js';

export const CREATE = defineCommand({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  description: "Creates a container and prints its ID; 'tsgov start' starts it. IMAGE is host:, rootfs:DIR or bundle:DIR.",
  flags: { ...CREATE_FLAGS, 'no-agent-start': { type: 'boolean', help: 'Do not start an agent when none answers' } },
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  stopAtPositional: true,
  exitStyle: 'docker',
  run: async (context, flags, args) => {
    const { created } = await createContainer(context, flags, args);
    context.stdout.write(`${created.id}\n`);
    return 0;
  },
});
