import { defineCommand } from '#src/cli/command.js';

export const RENAME = defineCommand({
  usage: 'CONTAINER NEW-NAME',
  description: 'Gives a container another name.',
  flags: {},
  args: { min: 2, max: 2 },
  run: async (context, _flags, [ref, name]) => {
    await (await context.client()).rename(ref!, name!);
    return 0;
  },
});
