import type { DeathView } from '#agent/contract/journal.js';
import { defineCommand } from '#src/cli/command.js';
import { defined } from '#src/cli/defined.js';
import { timeOf } from '#src/cli/flags/time-of.js';
import { document, FORMAT_FLAG, formatOf } from '#src/cli/output/documents.js';
import { deathsTable } from '#src/cli/output/journal-table.js';
import { newest, PAGE_FLAGS } from '#src/cli/pages.js';

export const DEATHS = defineCommand({
  usage: '[OPTIONS]',
  description:
    'Shows how containers ended: exit code, signal, whom the kernel killed for want of memory, and how long they ran, the newest last. It outlives the containers. yaml and json have the last sample and the cgroup whose limit was reached.',
  flags: {
    ...PAGE_FLAGS,
    format: FORMAT_FLAG,
    'no-trunc': { type: 'boolean', help: 'Do not shorten' },
    quiet: { type: 'boolean', short: 'q', help: 'Only the IDs of the containers' },
  },
  args: { min: 0, max: 0 },
  examples: ['tsgov deaths --since 24h', 'tsgov deaths --container web --format yaml'],
  run: async (context, flags) => {
    const format = formatOf(flags.format, ['json', 'table', 'yaml'], 'table');
    const { container } = flags;
    const since = flags.since === undefined ? undefined : timeOf('since', flags.since, context.now());
    const until = flags.until === undefined ? undefined : timeOf('until', flags.until, context.now());
    const client = await context.client();
    const deaths = await newest<DeathView>(flags.limit, async (page) => {
      const { deaths, next } = await client.deaths(defined({ container, since, until, ...page }));
      return { rows: deaths, next };
    });
    if (flags.quiet) context.stdout.write(deaths.map((death) => `${death.container.id}\n`).join(''));
    else if (format === 'table') context.stdout.write(deathsTable(deaths, { truncate: !flags['no-trunc'] }));
    else context.stdout.write(await document(deaths, format));
    return 0;
  },
});
