import { isatty } from 'node:tty';
import { styleText } from 'node:util';

export type Colour = 'red' | 'yellow' | 'green' | 'dim' | 'bold';
export type Paint = (colour: Colour, text: string) => string;

/** Colours text for a terminal; leaves it alone elsewhere, with NO_COLOR set (no-color.org) or TERM=dumb. */
export function painter(fd: number, env: NodeJS.ProcessEnv): Paint {
  const on = !env.NO_COLOR && env.TERM !== 'dumb' && isatty(fd);
  return (colour, text) => (on ? styleText(colour, text) : text);
}
