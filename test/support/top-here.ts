import { once } from 'node:events';
import { FdWriter } from '#src/cli/output/fd-writer.js';
import { initialState } from '#src/top/initial-state.js';
import { runScreen } from '#src/top/run/run-screen.js';
import type { ThemeName } from '#src/top/theme.js';
import { HOSTILE_ROW, manyRows, SCENE_MS, SCENE_ROWS } from './top-scenario.js';
import { TopWorld } from './top-world.js';

/** What the screen of a test shows; given as JSON in the first argument. */
export interface TopHereOptions {
  glyphs?: 'unicode' | 'ascii';
  theme?: ThemeName;
  /** With the container that tries to break the screen. */
  hostile?: boolean;
  /** So many containers instead of the scene's. */
  containers?: number;
}

/** The screen as `tsgov top` shows it, on this terminal, of a node that is in memory and a clock that stands still. */
async function main(): Promise<void> {
  const [word = '{}'] = process.argv.slice(2);
  // As the program a key starts: it has the terminal until Enter.
  if (!word.startsWith('{')) {
    process.stdout.write(`has the terminal: ${process.argv.slice(2).join(' ')}\n`);
    await once(process.stdin, 'data');
    process.stdin.pause();
    return;
  }
  const { glyphs = 'unicode', theme = 'dark', hostile = false, containers } = JSON.parse(word) as TopHereOptions;
  const world = new TopWorld(
    containers === undefined ? [...SCENE_ROWS, ...(hostile ? [HOSTILE_ROW] : [])] : manyRows(containers),
  );
  const size = { columns: process.stdout.columns, rows: process.stdout.rows };
  process.exitCode = await runScreen({
    initial: initialState({ size, glyphs, theme, nowMs: SCENE_MS, target: world.target, settings: {} }),
    source: world,
    client: world.client,
    stdin: process.stdin,
    tty: process.stdout,
    out: new FdWriter(1),
    nowMs: () => SCENE_MS,
    remember: () => undefined,
    programs: { globals: [], env: process.env },
  });
}

await main();
