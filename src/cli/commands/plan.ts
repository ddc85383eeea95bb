import type { PlanLine } from '#agent/contract/container.js';
import { defineCommand } from '#src/cli/command.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { document, formatOf } from '#src/cli/output/documents.js';
import { table } from '#src/cli/output/table.js';

export const PLAN = defineCommand({
  usage: '[OPTIONS] CONTAINER',
  description:
    'Prints the tape that launches a container, running or only created: each step, and the field of config.json it comes from.',
  flags: { format: { type: 'string', value: 'string', help: 'text, json or yaml', default: 'text' } },
  args: { min: 1, max: 1 },
  run: async (context, flags, [ref]) => {
    const format = formatOf(flags.format, ['text', 'json', 'yaml'], 'text');
    if (/^(host|rootfs|bundle):/.test(ref!))
      throw new UsageError(`${ref} is an image: plan takes a container`, {
        hint: `make one that does not run yet: tsgov create --name NAME ${ref} ${ref!.startsWith('bundle:') ? '' : 'COMMAND '}&& tsgov plan NAME`,
      });
    const { ops } = await (await context.client()).plan(ref!);
    context.stdout.write(format === 'text' ? planText(ops) : await document(ops, format));
    return 0;
  },
});

function planText(ops: readonly PlanLine[]): string {
  return table(
    ['#', 'ORIGIN', 'STEP'],
    ops.map(({ index, origin, op, text }) => [String(index), origin, text.startsWith(op) ? text : `${op} ${text}`]),
  );
}
