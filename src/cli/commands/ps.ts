import type { ContainerView } from '#agent/contract/container.js';
import { defineCommand } from '#src/cli/command.js';
import type { FlagTable } from '#src/cli/flags/flag.js';
import { type Paint, painter } from '#src/cli/output/colour.js';
import { commandColumn, idColumn, shortId } from '#src/cli/output/command-text.js';
import { document, FORMAT_FLAG, formatOf } from '#src/cli/output/documents.js';
import { ago } from '#src/cli/output/human-time.js';
import { printable } from '#src/cli/output/printable.js';
import { statusText } from '#src/cli/output/status-text.js';
import { table } from '#src/cli/output/table.js';
import { templateOf } from '#src/cli/output/template.js';
import { filterContainers } from '#src/cli/ps-filter.js';
import { RUNTIME_FLAGS, whose } from '#src/cli/runtime-flags.js';

const FLAGS = {
  all: { type: 'boolean', short: 'a', help: 'Show all, not only those that run' },
  'all-runtimes': RUNTIME_FLAGS['all-runtimes'],
  filter: { type: 'list', short: 'f', value: 'filter', help: 'KEY=VALUE; keys: id name label status image exited' },
  format: { ...FORMAT_FLAG, help: 'json, table, yaml, names, or a template such as {{.Names}}' },
  last: { type: 'int', short: 'n', value: 'int', help: 'Show the n last created, running or not' },
  latest: { type: 'boolean', short: 'l', help: 'Show the last created, running or not' },
  'no-trunc': { type: 'boolean', help: 'Do not shorten' },
  runtime: RUNTIME_FLAGS.runtime,
  quiet: { type: 'boolean', short: 'q', help: 'Only the IDs' },
} as const satisfies FlagTable;

export const PS = defineCommand({
  usage: '[OPTIONS]',
  description: 'Lists containers, the last created first.',
  flags: FLAGS,
  args: { min: 0, max: 0 },
  run: async (context, flags) => {
    const template = templateOf(flags.format);
    const format = template === undefined ? formatOf(flags.format, ['json', 'table', 'yaml', 'names'], 'table') : 'table';
    const select = filterContainers(flags.filter);
    const client = await context.client();
    const last = flags.latest ? 1 : (flags.last ?? -1);
    const all = flags.all || last >= 0 || select.asksStatus;
    const newest = (await client.list(whose(flags))).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    const chosen = newest.filter((each) => (all || isLive(each)) && select.matches(each));
    const shown = last < 0 ? chosen : chosen.slice(0, last);
    const truncate = !flags['no-trunc'];
    if (flags.quiet) context.stdout.write(shown.map((each) => `${shortId(each.id, truncate)}\n`).join(''));
    else if (template !== undefined)
      context.stdout.write(template(shown.map((each) => templateRow(each, truncate, context.now()))));
    else if (format === 'names') context.stdout.write(shown.map((each) => `${printable(each.name)}\n`).join(''));
    else if (format !== 'table') context.stdout.write(await document(shown, format));
    else
      context.stdout.write(
        psTable(shown, {
          truncate,
          runtimes: whose(flags).runtime !== undefined,
          nowMs: context.now(),
          paint: painter(1, context.env),
        }),
      );
    return 0;
  },
});

function isLive({ state }: ContainerView): boolean {
  return state.status === 'running' || state.status === 'frozen';
}

/** Docker's columns by its names for them, over the fields of --format json. */
function templateRow(view: ContainerView, truncate: boolean, nowMs: number): object {
  return {
    ...view,
    id: shortId(view.id, truncate),
    command: commandColumn(view.command, truncate),
    runningFor: ago(view.createdAt, nowMs),
    status: statusText(view.state, nowMs),
    state: view.state.status,
    labels: Object.entries(view.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
  };
}

const HEADER = ['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'NAMES'];
const STATUS_COLUMN = HEADER.indexOf('STATUS');
const RUNTIME = 'RUNTIME';

function psTable(
  shown: readonly ContainerView[],
  how: { truncate: boolean; runtimes: boolean; nowMs: number; paint: Paint },
): string {
  const rows = shown.map((each) => [
    idColumn(each.id, how.truncate),
    each.image,
    commandColumn(each.command, how.truncate),
    ago(each.createdAt, how.nowMs),
    statusText(each.state, how.nowMs),
    each.name,
    ...(how.runtimes ? [each.runtime] : []),
  ]);
  const colours = shown.map(({ state }) => {
    if (state.status === 'frozen') return 'yellow';
    return state.status === 'dead' || state.oomKilled ? 'red' : undefined;
  });
  return table(how.runtimes ? [...HEADER, RUNTIME] : HEADER, rows, (text, row, column) => {
    const colour = column === STATUS_COLUMN ? colours[row] : undefined;
    return colour === undefined ? text : how.paint(colour, text);
  });
}
