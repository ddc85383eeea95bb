import type { Command, CommandEntry } from './command.js';
import type { FlagSpec, FlagTable } from './flags/flag.js';
import { GLOBAL_FLAGS } from './globals.js';
import { COMMANDS } from './registry.js';

/** `tsgov --help`. */
export function topLevelHelp(): string {
  const width = Math.max(...COMMANDS.map((each) => nameColumn(each).length));
  const groups = [...new Set(COMMANDS.map((each) => each.group))].map((group) => {
    const lines = COMMANDS.filter((each) => each.group === group).map(
      (each) => `  ${nameColumn(each).padEnd(width)}   ${each.summary}`,
    );
    return `${group}:\n${lines.join('\n')}\n`;
  });
  return [
    'Usage:  tsgov [OPTIONS] COMMAND\n',
    'Runs containers, sees every container on this node, and keeps each within its limits.\n',
    ...groups,
    `Global options (before or after the command, or as TSGOV_… variables):\n${flagLines(GLOBAL_FLAGS)}\n  -v, --version                Print the version\n`,
    "Run 'tsgov COMMAND --help' for more about a command.\n",
    "First steps:\n  tsgov run --rm host: -- sh -c 'id; ps'\n  tsgov run -d --name hog --cpus 0.25 host: sh -c 'while :; do :; done'\n  tsgov stats\n",
  ].join('\n');
}

/** `tsgov COMMAND --help`, in Docker's layout. */
export function commandHelp(entry: CommandEntry, command: Command): string {
  const parts = [usageLine(entry, command), `\n${command.description}\n`];
  if (entry.aliases.length > 0)
    parts.push(`\nAliases:\n  ${[entry.name, ...entry.aliases].map((name) => `tsgov ${name}`).join(', ')}\n`);
  if (Object.keys(command.flags).length > 0) parts.push(`\nOptions:\n${flagLines(command.flags)}\n`);
  if (command.examples !== undefined) parts.push(`\nExamples:\n${command.examples.map((line) => `  ${line}\n`).join('')}`);
  parts.push("\nGlobal options (--root --state --host --cgroup-parent --listen): see 'tsgov --help'.\n");
  return parts.join('');
}

/** `Usage:  tsgov run [OPTIONS] IMAGE …` */
export function usageLine(entry: CommandEntry, command: Command): string {
  return `Usage:  tsgov ${entry.name}${command.usage === '' ? '' : ` ${command.usage}`}\n`;
}

function nameColumn(entry: CommandEntry): string {
  return [entry.name, ...entry.aliases].join(', ');
}

function flagLines(table: FlagTable): string {
  const rows = Object.entries(table)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, spec]) => [flagColumn(name, spec), helpText(spec)] as const);
  const width = Math.max(...rows.map(([flag]) => flag.length));
  return rows.map(([flag, help]) => `  ${flag.padEnd(width)}   ${help}`).join('\n');
}

function flagColumn(name: string, spec: FlagSpec): string {
  const short = spec.short === undefined ? '    ' : `-${spec.short}, `;
  return `${short}--${name}${spec.value === undefined ? '' : ` ${spec.value}`}`;
}

function helpText(spec: FlagSpec): string {
  return spec.default === undefined ? spec.help : `${spec.help} (default ${spec.default})`;
}
