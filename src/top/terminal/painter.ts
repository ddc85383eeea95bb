import type { Frame, Size } from '#src/top/frame.js';
import type { Theme } from '#src/top/theme.js';
import { encodeLine } from './encode-line.js';

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
/** Terminals that know it show what is between only when it is whole; the others ignore it. */
const BEGIN = '\x1b[?2026h';
const END = '\x1b[?2026l';

/** Knows what is on the screen, and says what has to be written to show another frame: the lines that differ. */
export class Painter {
  #shown: string[] = [];
  #cursor = '';

  /** Whatever is on the screen is not what was written: everything is written again. */
  forget(): void {
    this.#shown = [];
    this.#cursor = '';
  }

  /** Bytes; empty: it is on the screen already. */
  paint({ lines, cursor }: Frame, { columns, rows }: Size, theme: Theme): string {
    const encoded = Array.from({ length: rows }, (_, row) => encodeLine(lines[row] ?? [], columns, theme));
    let text = '';
    for (const [row, line] of encoded.entries()) if (line !== this.#shown[row]) text += `\x1b[${row + 1};1H${line}`;
    const wanted = cursor === undefined ? HIDE_CURSOR : `\x1b[${cursor.row + 1};${cursor.column + 1}H${SHOW_CURSOR}`;
    if (text !== '' || wanted !== this.#cursor) text += wanted;
    this.#shown = encoded;
    this.#cursor = wanted;
    return text === '' ? '' : `${BEGIN}${text}${END}`;
  }
}
