import type { TsgovClient } from '#agent/client.js';
import type { FlagTable, FlagValues } from './flags/flag.js';
import type { Globals } from './globals.js';
import type { FdWriter } from './output/fd-writer.js';

/** What a command gets from the process it runs in. */
export interface Context {
  readonly globals: Globals;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdout: FdWriter;
  readonly stderr: FdWriter;
  /** Every command, for those that speak of the others. */
  readonly commands: readonly CommandEntry[];
  /** Now, in milliseconds since the epoch. */
  now(): number;
  /** The agent's client, made at the first call; nothing is connected before its first request. */
  client(): Promise<TsgovClient>;
  /** As client(), after an agent was started where none answers. Rejects with AGENT_UNREACHABLE when that does not work. */
  clientStartingAgent(): Promise<TsgovClient>;
}

/** How errors of a command become exit codes: `docker` ends with 125, 126, 127; `container` so only for a container's own; `plain` with 1. */
export type ExitStyle = 'docker' | 'container' | 'plain';

export interface Command<F extends FlagTable = FlagTable> {
  /** What comes after the command's name: `[OPTIONS] IMAGE [COMMAND] [ARG...]`. */
  usage: string;
  /** One or a few sentences for the help. */
  description: string;
  flags: F;
  args: { min: number; max: number };
  /** Words from the first argument on belong to somebody else: `run IMAGE …`. */
  stopAtPositional?: boolean;
  exitStyle?: ExitStyle;
  /** Command lines for the help. */
  examples?: readonly string[];
  /** Resolves to the exit code; what it throws is printed and mapped by failure.ts. */
  run(context: Context, flags: FlagValues<F>, args: readonly string[]): Promise<number>;
}

/** A command as the registry lists it: what help needs to know without loading its module. */
export interface CommandEntry {
  name: string;
  aliases: readonly string[];
  /** Heading in `tsgov --help`. */
  group: string;
  /** The line in `tsgov --help`. */
  summary: string;
  load(): Promise<Command>;
}

/** Checks a command against its flag table's types, and keeps them out of the registry's way. */
export function defineCommand<F extends FlagTable>(command: Command<F>): Command {
  return command as unknown as Command;
}
