import type { CommandEntry } from '#src/cli/command.js';
import type { FlagSpec, FlagTable } from '#src/cli/flags/flag.js';
import { GLOBAL_FLAGS } from '#src/cli/globals.js';

export interface CompletedFlag {
  long: string;
  short: string | undefined;
  takesValue: boolean;
  help: string;
}

export interface CompletedCommand {
  /** The name first, then the aliases. */
  names: readonly string[];
  summary: string;
  flags: readonly CompletedFlag[];
  /** True when its arguments name containers. */
  containers: boolean;
}

/** What a completion script knows of the command line. */
export async function completionModel(
  entries: readonly CommandEntry[],
): Promise<{ commands: CompletedCommand[]; globals: CompletedFlag[] }> {
  const commands = await Promise.all(
    entries.map(async (entry) => {
      const { flags, usage } = await entry.load();
      return {
        names: [entry.name, ...entry.aliases],
        summary: entry.summary,
        flags: completedFlags(flags),
        containers: usage.includes('CONTAINER'),
      };
    }),
  );
  return { commands, globals: completedFlags(GLOBAL_FLAGS) };
}

function completedFlags(table: FlagTable): CompletedFlag[] {
  return Object.entries<FlagSpec>(table).map(([long, spec]) => ({
    long,
    short: spec.short,
    takesValue: spec.type !== 'boolean',
    help: spec.help,
  }));
}
