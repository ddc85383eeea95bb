import { isatty } from 'node:tty';
import { inspect } from 'node:util';

export type Colour = 'red' | 'yellow' | 'green' | 'dim' | 'bold';
export type Paint = (colour: Colour, text: string) => string;

/** Colours text for a terminal; leaves it alone elsewhere, with NO_COLOR set (no-color.org) or TERM=dumb. */
export function painter(fd: number, env: NodeJS.ProcessEnv): Paint {
  const on = !env.NO_COLOR && env.TERM !== 'dumb' && isatty(fd);
  return (colour, text) => {
    // Not styleText: it judges the terminal once more and, with CI in the environment, finds none.
    const [open, close] = inspect.colors[colour] ?? [0, 0];
    return on ? `\x1b[${open}m${text}\x1b[${close}m` : text;
  };
}
