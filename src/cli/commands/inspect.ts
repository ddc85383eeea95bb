import type { ContainerView } from '#agent/contract/container.js';
import { defineCommand } from '#src/cli/command.js';
import { describeFailure } from '#src/cli/failure.js';
import { document, formatOf } from '#src/cli/output/documents.js';
import { templateOf } from '#src/cli/output/template.js';

export const INSPECT = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Shows all about containers, as an array. Exits 1 when one of them does not exist; the others are shown.',
  flags: {
    format: {
      type: 'string',
      short: 'f',
      value: 'string',
      help: 'json, yaml, or a template such as {{.State.Status}}',
      default: 'json',
    },
  },
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  run: async (context, flags, refs) => {
    const template = templateOf(flags.format);
    const format = template === undefined ? formatOf(flags.format, ['json', 'yaml'], 'json') : 'json';
    const client = await context.client();
    const results = await Promise.allSettled(refs.map((ref) => client.inspect(ref)));
    const found = results.filter((each): each is PromiseFulfilledResult<ContainerView> => each.status === 'fulfilled');
    const failed = results.filter((each): each is PromiseRejectedResult => each.status === 'rejected');
    const views = found.map((each) => each.value);
    context.stdout.write(template === undefined ? await document(views, format) : template(views));
    for (const { reason } of failed) context.stderr.write(describeFailure(reason));
    return failed.length > 0 ? 1 : 0;
  },
});
