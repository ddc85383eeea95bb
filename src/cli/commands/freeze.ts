import { formatDurationUsec } from '#agent/contract/duration.js';
import { defineCommand } from '#src/cli/command.js';
import { eachRef } from '#src/cli/each-ref.js';

export const FREEZE = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Keeps every process of containers from using any CPU until they are thawed. They keep their memory.',
  flags: {
    for: { type: 'duration', value: 'duration', help: 'Thaw by itself after this long, such as 30s; also across agent restarts' },
  },
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  examples: ['tsgov freeze --for 30s hog'],
  run: async (context, flags, refs) => {
    const client = await context.client();
    const input = flags.for === undefined ? {} : { for: formatDurationUsec(flags.for) };
    return eachRef(context, refs, (ref) => client.freeze(ref, input));
  },
});
