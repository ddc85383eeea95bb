import { fstatSync } from 'node:fs';
import type { TsgovClient } from '#agent/client.js';
import { defineCommand } from '#src/cli/command.js';
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
    const input = {
      follow: flags.follow ?? false,
      timestamps: flags.timestamps ?? false,
      ...defined({
        tail: tailOf(flags.tail),
        since: flags.since === undefined ? undefined : timeOf('since', flags.since, context.now()),
        until: flags.until === undefined ? undefined : timeOf('until', flags.until, context.now()),
      }),
    };
    const client = await context.client();
    const stop = new AbortController();
    const copy = (to: FdWriter, stream?: 'stdout' | 'stderr') =>
      copyLog(client, ref!, { ...input, ...defined({ stream }), signal: stop.signal }, to, stop);
    // Where both end in one place, the agent puts the lines into their order; apart, there is none to keep.
    if (sameFile(1, 2)) await copy(context.stdout);
    else await Promise.all([copy(context.stdout, 'stdout'), copy(context.stderr, 'stderr')]);
    return 0;
  },
});

async function copyLog(
  client: TsgovClient,
  ref: string,
  input: Parameters<TsgovClient['logs']>[1],
  to: FdWriter,
  stop: AbortController,
): Promise<void> {
  to.once('gone', () => stop.abort());
  try {
    for await (const bytes of client.logs(ref, input)) if (!to.write(bytes)) await to.flushed();
  } catch (error) {
    // One failure is enough: without the abort the other stream would go on, or fail with the same words.
    if (!stop.signal.aborted) {
      stop.abort();
      throw error;
    }
  }
}

function sameFile(a: number, b: number): boolean {
  const [first, second] = [fstatSync(a), fstatSync(b)];
  return first.dev === second.dev && first.ino === second.ino;
}

function tailOf(text: string | undefined): number | undefined {
  if (text === undefined || text === 'all' || text === '-1') return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`invalid argument ${JSON.stringify(text)} for "-n, --tail" flag: want a number of lines, or all`);
}
