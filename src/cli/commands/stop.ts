import { defineCommand } from '#src/cli/command.js';
import { defined } from '#src/cli/defined.js';
import { eachRef } from '#src/cli/each-ref.js';
import { STOP_FLAGS } from '#src/cli/stop-flags.js';

export const STOP = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Sends the stop signal, and SIGKILL after the timeout. A frozen container is stopped too.',
  flags: STOP_FLAGS,
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  run: async (context, flags, refs) => {
    const client = await context.client();
    const input = defined({ timeout: flags.timeout, signal: flags.signal });
    return eachRef(context, refs, (ref) => client.stop(ref, input));
  },
});
