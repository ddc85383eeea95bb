import { eastAsianWidth } from 'get-east-asian-width';
import { printable } from '#src/cli/output/printable.js';
import type { Glyphs } from './charts/glyphs.js';

/** Combining marks take no column of their own. */
const MARK = /^\p{M}$/u;
/** Selects a picture for the character before it, by which terminals disagree about its width. */
const SELECTORS = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;
const PLAIN = /^[\x20-\x7e]*$/;
const NOT_ASCII = /[^\x20-\x7e]/gu;
/** More marks than this on one character overflow their line. */
const STACKED = /(\p{M}{2})\p{M}+/gu;

/**
 * A text from outside as it may stand on a screen: control characters, escape sequences and bidirectional overrides become visible
 * escapes (`\x1b`, `\u{202e}`), and with `ascii` so does everything that is not ASCII.
 */
export function safe(text: string, glyphs: Glyphs): string {
  if (PLAIN.test(text)) return text;
  const clean = printable(text.replace(SELECTORS, '').replace(STACKED, '$1'));
  return glyphs === 'unicode' ? clean : clean.replace(NOT_ASCII, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** Columns a safe text takes on a terminal. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** Exactly `width` columns: cut (with `…`, or `~` in ASCII) or padded; `end` aligns to the right. */
export function fitted(text: string, width: number, glyphs: Glyphs, align: 'start' | 'end' = 'start'): string {
  const own = displayWidth(text);
  if (own > width) return cut(text, width, glyphs);
  const blanks = ' '.repeat(width - own);
  return align === 'start' ? text + blanks : blanks + text;
}

/** At most so many columns of a text, exactly so many when it is longer. */
export function cut(text: string, width: number, glyphs: Glyphs): string {
  if (width <= 0) return '';
  if (displayWidth(text) <= width) return text;
  let taken = '';
  let used = 0;
  for (const character of text) {
    const next = characterWidth(character);
    if (used + next > width - 1) break;
    taken += character;
    used += next;
  }
  return `${taken}${glyphs === 'unicode' ? '…' : '~'}`.padEnd(taken.length + 1 + (width - 1 - used));
}

/** Columns of one character of a safe text. */
export function characterWidth(character: string): number {
  const code = character.codePointAt(0)!;
  if (code < 0x300) return 1;
  return MARK.test(character) ? 0 : eastAsianWidth(code);
}
