import { type LiveAgent, TSGOV } from './live-agent.js';
import { type Teardown, tempDir } from './temp.js';
import { Tmux, type TmuxOptions } from './tmux.js';

/** `tsgov top` as a user has it, on a real agent, in a terminal of 110x30; once it shows live figures, or `sign`. */
export async function liveTop(
  t: Teardown,
  agent: LiveAgent,
  {
    args = [],
    shell,
    env = {},
    sign = /live \d\d:\d\d:\d\d/,
  }: { args?: readonly string[]; shell?: string; env?: Record<string, string>; sign?: RegExp } = {},
): Promise<Tmux> {
  const names = ['TSGOV_ROOT', 'TSGOV_STATE', 'PATH'] as const;
  const own = Object.fromEntries(names.map((name) => [name, agent.env[name] ?? '']));
  const options: TmuxOptions = {
    command: shell === undefined ? [TSGOV, 'top', ...args] : ['sh', '-c', shell.replace('TOP', `${TSGOV} top ${args.join(' ')}`)],
    columns: 110,
    rows: 30,
    env: { ...own, XDG_CONFIG_HOME: tempDir(t), ...env },
  };
  const tmux = new Tmux(t, options);
  await tmux.until('the first figures', sign);
  return tmux;
}

/** The row of a container; undefined: it is not on the screen. */
export function rowOf(screen: string, name: string): string | undefined {
  return screen.split('\n').find((line) => new RegExp(`^[▶ ][* ]${name}\\b`, 'u').test(line));
}

/** Puts the cursor on a container, alone under a filter. */
export async function goTo(tmux: Tmux, name: string): Promise<void> {
  tmux.press('Escape');
  await tmux.until('no filter', (screen) => !/filter:/.test(screen));
  tmux.press('/');
  await tmux.until('the filter is typed', /^ filter:/m);
  tmux.type(name);
  tmux.press('Enter');
  await tmux.until(`${name} under the cursor`, (screen) => screen.includes(`▶ ${name}`) || screen.includes(`▶*${name}`));
}
