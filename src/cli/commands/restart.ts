import { defineCommand } from '#src/cli/command.js';
import { defined } from '#src/cli/defined.js';
import { eachRef } from '#src/cli/each-ref.js';
import { STOP_FLAGS } from '#src/cli/stop-flags.js';

export const RESTART = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Stops containers as stop does, and starts them.',
  flags: STOP_FLAGS,
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  run: async (context, flags, refs) => {
    const client = await context.client();
    const input = defined({ timeout: flags.timeout, signal: flags.signal });
    return eachRef(context, refs, (ref) => client.restart(ref, input));
  },
});
