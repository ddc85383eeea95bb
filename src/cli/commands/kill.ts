import { defineCommand } from '#src/cli/command.js';
import { eachRef } from '#src/cli/each-ref.js';

export const KILL = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Sends a signal to the main process of containers. SIGKILL ends every process, also of a frozen container.',
  flags: { signal: { type: 'string', short: 's', value: 'string', help: 'Signal, by name or number', default: 'SIGKILL' } },
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  run: async (context, flags, refs) => {
    const client = await context.client();
    return eachRef(context, refs, (ref) => client.kill(ref, flags.signal));
  },
});
