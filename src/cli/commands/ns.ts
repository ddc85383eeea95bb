import { NAMESPACE_TYPES } from '#agent/contract/namespace-types.js';
import type { NamespaceView } from '#agent/contract/namespaces.js';
import { defineCommand } from '#src/cli/command.js';
import { defined } from '#src/cli/defined.js';
import type { FlagTable } from '#src/cli/flags/flag.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { document, FORMAT_FLAG, formatOf } from '#src/cli/output/documents.js';
import { containerNamespacesTable, namespacesTable } from '#src/cli/output/namespaces-table.js';

const FLAGS = {
  format: FORMAT_FLAG,
  'no-trunc': { type: 'boolean', help: 'Do not shorten' },
  quiet: { type: 'boolean', short: 'q', help: 'Only the inodes' },
  tree: { type: 'boolean', short: 'T', help: 'User and pid namespaces, each before its children' },
  type: {
    type: 'list',
    short: 't',
    value: 'type',
    help: `Only these types, with commas or several times: ${NAMESPACE_TYPES.join(' ')}`,
  },
} as const satisfies FlagTable;

export const NS = defineCommand({
  usage: '[OPTIONS] [CONTAINER]',
  description:
    'Lists every namespace of the node, also those that only a mount, an open file or a child keeps alive; of one container, what it is in\nand with whom it shares it. --format json has parents, owners and all that holds each.',
  flags: FLAGS,
  args: { min: 0, max: 1 },
  examples: ['tsgov ns --type net', 'tsgov ns web', 'tsgov ns --tree --type user'],
  run: async (context, flags, [container]) => {
    const format = formatOf(flags.format, ['json', 'table', 'yaml'], 'table');
    const type = flags.type.flatMap((each) => each.split(','));
    for (const each of type) checkType(each);
    const tree = flags.tree ?? false;
    const client = await context.client();
    const views = await client.nodeNamespaces({ type, tree, ...defined({ container }) });
    if (flags.quiet) context.stdout.write(views.map(({ inode }) => `${inode}\n`).join(''));
    else if (format !== 'table') context.stdout.write(await document(views, format));
    else context.stdout.write(tableOf(views, container, { tree, truncate: !flags['no-trunc'] }));
    return 0;
  },
});

function tableOf(
  views: readonly NamespaceView[],
  container: string | undefined,
  how: { tree: boolean; truncate: boolean },
): string {
  return container === undefined || how.tree ? namespacesTable(views, how) : containerNamespacesTable(views, container, how);
}

function checkType(word: string): void {
  if ((NAMESPACE_TYPES as readonly string[]).includes(word)) return;
  throw new UsageError(`invalid argument ${JSON.stringify(word)} for "-t, --type" flag: want ${NAMESPACE_TYPES.join(', ')}`);
}
