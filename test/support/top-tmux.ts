import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Teardown } from './temp.js';
import { Tmux, type TmuxOptions } from './tmux.js';
import type { TopHereOptions } from './top-here.js';

const HERE = fileURLToPath(new URL('./top-here.js', import.meta.url));

/** tmux's names of our keys (src/top/input.ts). */
const NAMES: Readonly<Record<string, string>> = {
  enter: 'Enter',
  escape: 'Escape',
  tab: 'Tab',
  backtab: 'BTab',
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  pageup: 'PageUp',
  pagedown: 'PageDown',
  home: 'Home',
  end: 'End',
  space: 'Space',
  backspace: 'BSpace',
  delete: 'DC',
  insert: 'IC',
};

/** The test node's screen in a terminal of this size, once it is drawn. */
export async function topInTmux(
  t: Teardown,
  { columns, rows, ...how }: TopHereOptions & { columns: number; rows: number },
  change: Partial<TmuxOptions> = {},
): Promise<Tmux> {
  const tmux = new Tmux(t, {
    command: [process.execPath, HERE, JSON.stringify(how)],
    columns,
    rows,
    ...change,
    env: { TZ: 'UTC', ...change.env },
  });
  await tmux.until('the first screen', (screen) => /live \d|NOT NOW/.test(screen) && /q.?quit/.test(screen));
  return tmux;
}

/** Presses keys by our names. */
export function pressIn(tmux: Tmux, ...keys: readonly string[]): void {
  tmux.press(...keys.map((key) => NAMES[key] ?? key));
}

/** One key after the other, with the time a person takes: Escape is a key of its own only when nothing follows at once. */
export async function pressSlowly(tmux: Tmux, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    pressIn(tmux, key);
    await sleep(AFTER_A_KEY_MS);
  }
}

const AFTER_A_KEY_MS = 60;
