import { type Context, defineCommand } from '#src/cli/command.js';
import { defined } from '#src/cli/defined.js';
import type { FlagTable } from '#src/cli/flags/flag.js';
import { timeOf } from '#src/cli/flags/time-of.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import type { FdWriter } from '#src/cli/output/fd-writer.js';

const FLAGS = {
  follow: { type: 'boolean', short: 'f', help: 'Go on until the container ends' },
  since: { type: 'string', value: 'string', help: 'From this time on: RFC 3339, unix seconds, or how long ago (10m)' },
  tail: { type: 'string', short: 'n', value: 'string', help: 'Number of lines from the end, or all', default: 'all' },
  timestamps: { type: 'boolean', short: 't', help: 'Print the time of each line' },
  until: { type: 'string', value: 'string', help: 'Up to this time, written as for --since' },
} as const satisfies FlagTable;

export const LOGS = defineCommand({
  usage: '[OPTIONS] CONTAINER',
  description: 'Prints what a container wrote: its stdout on stdout, its stderr on stderr. Works for ended containers too.',
  flags: FLAGS,
  args: { min: 1, max: 1 },
  run: async (context, flags, [ref]) => {
    const stop = new AbortController();
    context.stdout.once('gone', () => stop.abort());
    const input = {
      follow: flags.follow ?? false,
      signal: stop.signal,
      ...defined({
        tail: tailOf(flags.tail),
        since: flags.since === undefined ? undefined : timeOf('since', flags.since, context.now()),
        until: flags.until === undefined ? undefined : timeOf('until', flags.until, context.now()),
      }),
    };
    const client = await context.client();
    for await (const line of client.logLines(ref!, input)) {
      const to = line.stream === 'stdout' ? context.stdout : context.stderr;
      await put(to, flags.timestamps ? Buffer.concat([Buffer.from(`${line.time} `), line.data]) : line.data, context);
    }
    return 0;
  },
});

async function put(to: FdWriter, data: Buffer, context: Context): Promise<void> {
  if (to.write(data) || context.stdout.gone) return;
  await to.flushed();
}

function tailOf(text: string | undefined): number | undefined {
  if (text === undefined || text === 'all' || text === '-1') return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`invalid argument ${JSON.stringify(text)} for "-n, --tail" flag: want a number of lines, or all`);
}
