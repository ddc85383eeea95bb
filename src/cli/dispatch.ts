import type { Command, CommandEntry, Context } from './command.js';
import { readConfig } from './config/settings.js';
import { describeFailure, failureExit } from './failure.js';
import { closest } from './flags/closest.js';
import type { FlagSpec, FlagTable, FlagValues } from './flags/flag.js';
import { parseFlags } from './flags/parse-flags.js';
import { UsageError } from './flags/usage-error.js';
import { configOf, GLOBAL_FLAGS, type Globals, resolveGlobals } from './globals.js';
import { commandHelp, topLevelHelp, usageLine } from './help.js';
import type { FdWriter } from './output/fd-writer.js';
import { COMMANDS, findCommand } from './registry.js';

export interface Surroundings {
  env: NodeJS.ProcessEnv;
  stdout: FdWriter;
  stderr: FdWriter;
  contextFor(globals: Globals): Context;
}

const TOP_FLAGS = {
  ...GLOBAL_FLAGS,
  help: { ...GLOBAL_FLAGS.help, short: 'h' },
  version: { type: 'boolean', short: 'v', help: 'Print the version' },
} as const satisfies FlagTable;

/** Runs one command line. Resolves to its exit code; never rejects. */
export async function dispatch(argv: readonly string[], around: Surroundings): Promise<number> {
  let top: { flags: FlagValues<typeof TOP_FLAGS>; positionals: string[] };
  try {
    top = parseFlags(TOP_FLAGS, argv, { stopAtPositional: true });
  } catch (error) {
    around.stderr.write(`${describeFailure(error)}See 'tsgov --help'.\n`);
    return failureExit(error, 'plain');
  }
  const [first, ...words] = top.positionals;
  if (top.flags.version) return runCommand('version', words, top.flags, around);
  if (first === undefined || (first === 'help' && words.length === 0))
    return showTopLevel(first, top.flags.help ?? false, around);
  if (first === 'help') return runCommand(words[0]!, ['--help'], top.flags, around);
  return runCommand(first, top.flags.help ? ['--help'] : words, top.flags, around);
}

function showTopLevel(first: string | undefined, asked: boolean, around: Surroundings): number {
  const help = asked || first === 'help';
  (help ? around.stdout : around.stderr).write(topLevelHelp());
  return help ? 0 : 2;
}

async function runCommand(
  name: string,
  words: readonly string[],
  leading: FlagValues<typeof GLOBAL_FLAGS>,
  around: Surroundings,
): Promise<number> {
  const entry = findCommand(name);
  if (entry === undefined) return unknownCommand(name, around);
  const command = await entry.load();
  const style = command.exitStyle ?? 'plain';
  let given: Readonly<Record<string, unknown>> | undefined;
  try {
    const { flags, positionals } = parseFlags(withGlobals(command.flags), words, {
      stopAtPositional: command.stopAtPositional ?? false,
    });
    given = flags;
    if (flags.help) {
      around.stdout.write(commandHelp(entry, command));
      return 0;
    }
    checkArguments(entry, command, positionals);
    const config = configOf([leading, flags], around.env);
    const globals = resolveGlobals([leading, flags], around.env, await readConfig(config.path, config.named));
    return await command.run(around.contextFor(globals), flags, positionals);
  } catch (error) {
    around.stderr.write(describeFailure(error, given));
    if (error instanceof UsageError) around.stderr.write(`\n${usageLine(entry, command)}See 'tsgov ${entry.name} --help'.\n`);
    return failureExit(error, style);
  }
}

/** The command's own flags win; -h is help unless the command has another use for it. */
function withGlobals(flags: FlagTable): typeof GLOBAL_FLAGS & FlagTable {
  const taken = Object.values(flags).some((spec) => spec.short === 'h');
  const help: FlagSpec = taken ? GLOBAL_FLAGS.help : { ...GLOBAL_FLAGS.help, short: 'h' };
  return { ...GLOBAL_FLAGS, help, ...flags } as typeof GLOBAL_FLAGS & FlagTable;
}

function checkArguments(entry: CommandEntry, command: Command, positionals: readonly string[]): void {
  const { min, max } = command.args;
  if (positionals.length >= min && positionals.length <= max) return;
  const wants =
    max === 0
      ? 'accepts no arguments'
      : min === max
        ? `requires exactly ${count(min)}`
        : positionals.length < min
          ? `requires at least ${count(min)}`
          : `requires at most ${count(max)}`;
  throw new UsageError(`'tsgov ${entry.name}' ${wants}`);
}

function count(n: number): string {
  return `${n} argument${n === 1 ? '' : 's'}`;
}

function unknownCommand(name: string, around: Surroundings): number {
  const near = closest(
    name,
    COMMANDS.flatMap((each) => [each.name, ...each.aliases]),
  );
  const hint = near === undefined ? {} : { hint: `did you mean 'tsgov ${near}'?` };
  const error = new UsageError(`'${name}' is not a tsgov command`, hint);
  around.stderr.write(`${describeFailure(error)}See 'tsgov --help'.\n`);
  return failureExit(error, 'plain');
}
