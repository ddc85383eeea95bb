import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';
import type { TsgovClient } from '#agent/client.js';
import type { StatsView } from '#agent/contract/container.js';
import { type Context, defineCommand } from '#src/cli/command.js';
import type { FlagTable } from '#src/cli/flags/flag.js';
import { shortId } from '#src/cli/output/command-text.js';
import { document, FORMAT_FLAG, type Format, formatOf } from '#src/cli/output/documents.js';
import { statsTable } from '#src/cli/output/stats-table.js';
import { isOver } from '#src/cli/session/foreground.js';

const FLAGS = {
  all: { type: 'boolean', short: 'a', help: 'Show those that do not run too' },
  format: FORMAT_FLAG,
  'no-stream': { type: 'boolean', help: 'Print once and end' },
  'no-trunc': { type: 'boolean', help: 'Do not shorten' },
  quiet: { type: 'boolean', short: 'q', help: 'Only the IDs' },
} as const satisfies FlagTable;

const INTERVAL_MS = 1000;
/** Cursor home and clear to the end, so that a shorter picture leaves nothing of the one before. */
const REDRAW = '\x1b[H\x1b[J';

export const STATS = defineCommand({
  usage: '[OPTIONS] [CONTAINER...]',
  description: 'Shows what containers use, every second; all running ones when none is named. json prints a sample a line.',
  flags: FLAGS,
  args: { min: 0, max: Number.POSITIVE_INFINITY },
  run: async (context, flags, refs) => {
    const format = formatOf(flags.format, ['json', 'table', 'yaml'], 'table');
    const client = await context.client();
    const take = () => samples(client, refs, flags.all ?? false);
    const truncate = !flags['no-trunc'];
    if (flags.quiet) {
      context.stdout.write((await take()).map((each) => `${shortId(each.id, truncate)}\n`).join(''));
      return 0;
    }
    const { memoryBytes } = await client.node();
    const show = (stats: StatsView[]) =>
      print(context, format, stats, { truncate, memoryBytes, once: flags['no-stream'] ?? false });
    if (flags['no-stream']) return show(await withRates(take)).then(() => 0);
    for (let next = performance.now(); !context.stdout.gone; ) {
      await show(await take());
      next = Math.max(next + INTERVAL_MS, performance.now());
      await sleep(next - performance.now());
    }
    return 0;
  },
});

/** One sample each of the containers named, or of all that run. One that vanished meanwhile is left out, one named must exist. */
async function samples(client: TsgovClient, refs: readonly string[], all: boolean): Promise<StatsView[]> {
  const running = async () =>
    (await client.list()).filter(({ state }) => all || state.status === 'running' || state.status === 'frozen');
  const names = refs.length > 0 ? refs : (await running()).map((each) => each.id);
  const taken = await Promise.all(
    names.map((ref) =>
      client.stats(ref).catch((error: unknown) => {
        if (refs.length === 0 && isOver(error)) return undefined;
        throw error;
      }),
    ),
  );
  return taken.filter((each) => each !== undefined);
}

/** A first sample has no rate yet: then another, a moment later. */
async function withRates(take: () => Promise<StatsView[]>): Promise<StatsView[]> {
  const first = await take();
  if (first.every((each) => each.cpu.cores !== undefined)) return first;
  await sleep(INTERVAL_MS);
  return take();
}

async function print(
  context: Context,
  format: Format,
  stats: readonly StatsView[],
  how: { truncate: boolean; memoryBytes: number; once: boolean },
): Promise<void> {
  const { stdout } = context;
  if (format === 'table') stdout.write(`${!how.once && isatty(1) ? REDRAW : ''}${statsTable(stats, how)}`);
  else if (how.once) stdout.write(await document(stats, format));
  else if (format === 'json') stdout.write(stats.map((each) => `${JSON.stringify(each)}\n`).join(''));
  else for (const each of stats) stdout.write(`---\n${await document(each, 'yaml')}`);
  await stdout.flushed();
}
