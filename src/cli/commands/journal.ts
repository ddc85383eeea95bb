import type { JournalEntry } from '#agent/contract/journal.js';
import { JOURNAL_ACTIONS } from '#agent/contract/journal-words.js';
import { defineCommand } from '#src/cli/command.js';
import { defined } from '#src/cli/defined.js';
import { timeOf } from '#src/cli/flags/time-of.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { document, FORMAT_FLAG, formatOf } from '#src/cli/output/documents.js';
import { journalTable } from '#src/cli/output/journal-table.js';
import { newest, PAGE_FLAGS } from '#src/cli/pages.js';

export const JOURNAL = defineCommand({
  usage: '[OPTIONS]',
  description:
    'Shows what people, policies, rules and the agent did: who, to which container, before and after, the newest last. It outlives the containers. yaml and json have the reason, what the act was decided on, and how it goes back.',
  flags: {
    ...PAGE_FLAGS,
    policy: { type: 'string', value: 'string', help: 'Only acts of this policy, its schedules and rules' },
    action: { type: 'string', value: 'string', help: `Only this act: ${JOURNAL_ACTIONS.join(' ')}` },
    format: FORMAT_FLAG,
    'no-trunc': { type: 'boolean', help: 'Do not shorten, and show why' },
    quiet: { type: 'boolean', short: 'q', help: 'Only the numbers of the entries' },
  },
  args: { min: 0, max: 0 },
  examples: ['tsgov journal --container web --since 1h', 'tsgov journal --policy batch --format yaml'],
  run: async (context, flags) => {
    const format = formatOf(flags.format, ['json', 'table', 'yaml'], 'table');
    const { action, container, policy } = flags;
    if (action !== undefined && !(JOURNAL_ACTIONS as readonly string[]).includes(action))
      throw new UsageError(`invalid argument ${JSON.stringify(action)} for "--action" flag: want ${JOURNAL_ACTIONS.join(', ')}`);
    const since = flags.since === undefined ? undefined : timeOf('since', flags.since, context.now());
    const until = flags.until === undefined ? undefined : timeOf('until', flags.until, context.now());
    const client = await context.client();
    const entries = await newest<JournalEntry>(flags.limit, async (page) => {
      const { entries, next } = await client.journal(defined({ action, container, policy, since, until, ...page }));
      return { rows: entries, next };
    });
    if (flags.quiet) context.stdout.write(entries.map(({ id }) => `${id}\n`).join(''));
    else if (format === 'table') context.stdout.write(journalTable(entries, { truncate: !flags['no-trunc'] }));
    else context.stdout.write(await document(entries, format));
    return 0;
  },
});
