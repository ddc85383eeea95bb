import type { TsgovClient } from '#agent/client.js';
import type { ContainerView } from '#agent/contract/container.js';
import type { LimitsInput } from '#agent/contract/limits.js';
import { type Context, defineCommand } from '#src/cli/command.js';
import { describeFailure, failureExit } from '#src/cli/failure.js';
import type { FlagTable } from '#src/cli/flags/flag.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { LIMIT_FLAGS } from '#src/cli/limits/flags.js';
import { type LimitFlags, toLimits } from '#src/cli/limits/to-limits.js';
import { conditionLines } from '#src/cli/output/conditions.js';
import { diskLines } from '#src/cli/output/disk-lines.js';
import { document, FORMAT_FLAG, type Format, formatOf } from '#src/cli/output/documents.js';
import { limitsTable } from '#src/cli/output/limits-table.js';

const FLAGS = {
  ...LIMIT_FLAGS,
  clear: { type: 'boolean', help: 'Drop what earlier limit commands set, before the limits given now' },
  format: FORMAT_FLAG,
  quiet: { type: 'boolean', short: 'q', help: 'Only the names of what was changed' },
} as const satisfies FlagTable;

export const LIMIT = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description:
    'Changes limits of containers, live, and prints the limits in force. All of a change is taken, or, when the kernel or the host\nrefuses a part of it, nothing. Without limits it only prints them.',
  flags: FLAGS,
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  examples: [
    'tsgov limit hog --cpus 0.25 --memory 128m',
    'tsgov limit hog --device-write-bps /data:4m',
    'tsgov limit hog --clear',
  ],
  run: async (context, flags, refs) => {
    const format = formatOf(flags.format, ['json', 'table', 'yaml'], 'table');
    const client = await context.client();
    let code = 0;
    const views: ContainerView[] = [];
    for (const ref of new Set(refs)) {
      try {
        views.push(await change(client, ref, flags, flags.clear ?? false));
      } catch (error) {
        if (error instanceof UsageError) throw error;
        context.stderr.write(describeFailure(error, flags));
        code ||= failureExit(error, 'plain');
      }
    }
    await print(context, views, format, flags.quiet ?? false);
    return code;
  },
});

async function change(client: TsgovClient, ref: string, flags: LimitFlags, clear: boolean): Promise<ContainerView> {
  const limits = await limitsFor(client, ref, flags);
  if (clear || Object.keys(limits).length > 0) await client.setLimits(ref, limits, { clear });
  return client.inspect(ref);
}

/** --memory-swap is memory and swap together: without --memory it counts from the limit in force. */
async function limitsFor(client: TsgovClient, ref: string, flags: LimitFlags): Promise<LimitsInput> {
  const needsMemory = typeof flags['memory-swap'] === 'number' && flags.memory === undefined;
  return toLimits(flags, needsMemory ? (await client.limits(ref)).memory?.max : undefined);
}

async function print(context: Context, views: readonly ContainerView[], format: Format, quiet: boolean): Promise<void> {
  if (quiet) context.stdout.write(views.map((each) => `${each.name}\n`).join(''));
  else if (format !== 'table')
    context.stdout.write(
      await document(
        views.map(({ id, name, limits, limitSources, conditions }) => ({ id, name, limits, limitSources, conditions })),
        format,
      ),
    );
  else if (views.length > 0) context.stdout.write(limitsTable(views));
  for (const { name, limits, conditions } of views)
    context.stderr.write(diskLines(name, limits) + conditionLines(name, conditions));
}
