import type { Command, CommandEntry } from './command.js';
import type { FlagSpec, FlagTable } from './flags/flag.js';
import { GLOBAL_FLAGS } from './globals.js';

/** docs/cli.md: every command and flag of the registry. */
export async function cliMarkdown(entries: readonly CommandEntry[]): Promise<string> {
  const commands = await Promise.all(entries.map(async (entry) => ({ entry, command: await entry.load() })));
  const groups = [...new Set(entries.map((each) => each.group))];
  const index = groups.map((group) => {
    const lines = entries
      .filter((each) => each.group === group)
      .map((each) => `| [\`${each.name}\`](#tsgov-${each.name}) | ${each.summary} |`);
    return `**${group}**\n\n| command | what |\n|---|---|\n${lines.join('\n')}\n`;
  });
  return [
    '# The command line\n\n<!-- Written by scripts/gen-cli-docs.mjs from src/cli/registry.ts; do not edit. -->\n',
    INTRODUCTION,
    ...index,
    `## Global options\n\nBefore or after the command.\n\n${flagTable(GLOBAL_FLAGS, true)}`,
    ...commands.map(({ entry, command }) => commandSection(entry, command)),
  ].join('\n');
}

const INTRODUCTION = `Flags, short forms and output are Docker's where Docker has the command. A flag that takes a value takes the next word, whatever it looks
like; \`-m64m\`, \`-m 64m\` and \`--memory=64m\` are the same. What follows IMAGE belongs to the container's command, with or without \`--\`.

Results go to stdout, talk to stderr. \`--format json\` prints one document; commands that go on (\`events\`, \`stats\`) print one JSON object a line.
Sizes take \`k m g t\` and \`KiB MiB GiB TiB\` (k is 1024), times \`ms s m h\`.

Exit codes: 0; 2 for a wrong command line; 1 for what failed; the container's own from \`run\`, \`start -a\`, \`exec\` and \`attach\` (128+n for signal n),
where 125 is a failure of tsgov, 126 a command that cannot be executed and 127 one that does not exist.

\`run\` and \`create\` start an agent when none answers (not with \`--no-agent-start\`, nor when \`--host\` is given); other commands say that none runs.
`;

function commandSection(entry: CommandEntry, command: Command): string {
  const parts = [
    `## tsgov ${entry.name}\n`,
    `    tsgov ${entry.name}${command.usage === '' ? '' : ` ${command.usage}`}\n`,
    `${command.description}\n`,
  ];
  if (entry.aliases.length > 0) parts.push(`Also: ${entry.aliases.map((name) => `\`tsgov ${name}\``).join(', ')}.\n`);
  if (Object.keys(command.flags).length > 0) parts.push(flagTable(command.flags, false));
  if (command.examples !== undefined) parts.push(`Examples:\n\n${command.examples.map((line) => `    ${line}`).join('\n')}\n`);
  return parts.join('\n');
}

function flagTable(flags: FlagTable, environment: boolean): string {
  const rows = Object.entries<FlagSpec>(flags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, spec]) => {
      const cells = [flagCell(name, spec), spec.default === undefined ? spec.help : `${spec.help} (default \`${spec.default}\`)`];
      if (environment) cells.push(spec.type === 'boolean' ? '' : `\`TSGOV_${name.replace('-', '_').toUpperCase()}\``);
      return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
    });
  const head = environment ? '| flag | what | variable |\n|---|---|---|' : '| flag | what |\n|---|---|';
  return `${head}\n${rows.join('\n')}\n`;
}

function flagCell(name: string, spec: FlagSpec): string {
  const spellings = [
    ...(spec.short === undefined ? [] : [`-${spec.short}`]),
    `--${name}`,
    ...(spec.aliases ?? []).map((alias) => `--${alias}`),
  ];
  return spellings.map((text) => `\`${text}\``).join(' ') + (spec.value === undefined ? '' : ` *${spec.value}*`);
}
