import { type ReadStream, WriteStream } from 'node:tty';
import type { TsgovClient } from '#agent/client.js';
import type { Context } from '#src/cli/command.js';
import { timeOf } from '#src/cli/flags/time-of.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import type { Glyphs } from './charts/glyphs.js';
import { initialState } from './initial-state.js';
import { liveSource } from './live/live-source.js';
import { glyphsOf } from './locale.js';
import { travellingSource } from './recorded/travelling-source.js';
import { programGlobals } from './run/program-globals.js';
import { runBatch } from './run/run-batch.js';
import { runScreen } from './run/run-screen.js';
import { readSettings, settingsPath, writeSettings } from './run/settings-file.js';
import type { Settings } from './settings.js';
import type { TopSource } from './source.js';
import { sizeOf } from './terminal/terminal.js';
import { THEMES, type ThemeName } from './theme.js';

/** `tsgov top`'s flags as they were given. */
export interface TopFlags {
  'all-runtimes': boolean | undefined;
  ascii: boolean | undefined;
  at: string | undefined;
  batch: boolean | undefined;
  /** Microseconds. */
  delay: number | undefined;
  format: 'text' | 'json';
  iterations: number | undefined;
  once: boolean | undefined;
  runtime: readonly string[];
  theme: string | undefined;
}

const SHORTEST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 3_600_000;
const PRINTED_COLUMNS = 200;

/** Shows the screen, or prints; the exit code. Throws UsageError on flags that make no sense, ClientError where no agent answers. */
export async function top(context: Context, flags: TopFlags): Promise<number> {
  const delayMs = flags.delay === undefined ? 1000 : flags.delay / 1000;
  if (delayMs < SHORTEST_DELAY_MS || delayMs > LONGEST_DELAY_MS) throw new UsageError('--delay must be 100ms to 1h');
  if (flags.iterations !== undefined && flags.iterations < 1) throw new UsageError('--iterations must be at least 1');
  const path = settingsPath(context.env);
  const settings = readSettings(path);
  const prints = flags.once === true || flags.batch === true || flags.iterations !== undefined || flags.format === 'json';
  const glyphs: Glyphs = flags.ascii === true ? 'ascii' : glyphsOf(context.env);
  const theme = themeOf(flags.theme, context.env, settings);
  const client = await context.client();
  // Whoever starts it where no agent is wants to be told so, not to watch an empty screen.
  await client.health();
  const source = sourceOf(context, client, flags, delayMs);
  const common = { glyphs, theme, nowMs: context.now(), target: source.target };
  if (prints) {
    const columns = process.stdout.isTTY ? sizeOf(process.stdout).columns : Number(context.env.COLUMNS) || PRINTED_COLUMNS;
    return runBatch({
      initial: initialState({
        ...common,
        size: { columns, rows: 50 },
        settings: settings.sort === undefined ? {} : { sort: settings.sort },
      }),
      source,
      out: context.stdout,
      iterations: flags.once === true ? 1 : (flags.iterations ?? Number.POSITIVE_INFINITY),
      skip: flags.at === undefined ? 1 : 0,
      format: flags.format,
    });
  }
  const { stdin, stdout } = terminalOf(context);
  return runScreen({
    initial: initialState({ ...common, size: sizeOf(stdout), settings }),
    source,
    client,
    stdin,
    tty: stdout,
    out: context.stdout,
    nowMs: context.now,
    remember: (next) => writeSettings(path, next),
    programs: { globals: programGlobals(context.globals), env: context.env },
  });
}

/** The agent of now, and the way back in recorded time. */
function sourceOf(context: Context, client: TsgovClient, flags: TopFlags, intervalMs: number): TopSource {
  const atMs = flags.at === undefined ? undefined : Date.parse(timeOf('at', flags.at, context.now()));
  const runtimes = flags.runtime.length > 0 ? flags.runtime : [flags['all-runtimes'] === false ? 'tsgov' : 'all'];
  const live = liveSource({ client, runtimes, intervalMs, nowMs: context.now });
  return travellingSource({ client, live, atMs, nowMs: context.now });
}

/** Throws UsageError where keys cannot be read or nothing can be drawn. */
function terminalOf({ env }: Context): { stdin: ReadStream; stdout: WriteStream } {
  if (!process.stdin.isTTY || !(process.stdout instanceof WriteStream))
    throw new UsageError('top needs a terminal: take --once or --batch to print');
  if (env.TERM === 'dumb') throw new UsageError('TERM=dumb cannot show a screen: take --once or --batch to print');
  return { stdin: process.stdin as ReadStream, stdout: process.stdout };
}

function themeOf(asked: string | undefined, env: NodeJS.ProcessEnv, settings: Settings): ThemeName {
  const named = (name: string | undefined) => THEMES.find((theme) => theme === name);
  const theme = named(asked);
  if (asked !== undefined && theme === undefined)
    throw new UsageError(`invalid argument ${JSON.stringify(asked)} for "--theme" flag: want ${THEMES.join(', ')}`);
  return theme ?? (env.NO_COLOR ? 'mono' : (named(settings.theme) ?? 'dark'));
}
