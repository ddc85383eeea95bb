import type { Glyphs } from './charts/glyphs.js';

/**
 * What a screen is made of. Views are pure functions `(state, look) → Line[]` that return plain data; the terminal layer (./terminal)
 * turns a frame into bytes and writes only the lines that changed. Nobody above ./terminal writes an escape sequence.
 *
 * Every text that is not ours (names, images, events, log lines, messages) goes through ./text.ts once, where it enters a view
 * (`safe`); it may then be cut and padded by display width (`fitted`). A span's text has no control characters.
 */

/** The meaning of a piece of text; a theme (./theme.ts) gives it its colours. */
export type Tone =
  | 'text'
  | 'dim'
  | 'title'
  | 'accent'
  | 'good'
  | 'warn'
  | 'bad'
  /** The row the cursor is on; a whole line. */
  | 'cursor'
  /** A row that is marked for an act. */
  | 'marked'
  /** The table's head, a dialog's head. */
  | 'head'
  /** A key in the line at the bottom. */
  | 'key'
  /** Lines and frames of charts. */
  | 'rule'
  | 'chart1'
  | 'chart2'
  | 'chart3'
  | 'chart4';

export interface Span {
  readonly text: string;
  /** Absent: text. */
  readonly tone?: Tone;
}

/** One row of the screen. What is wider than the screen is cut, what is narrower is filled with blanks of the last span's background. */
export type Line = readonly Span[];

export interface Frame {
  /** From the top; as many as the screen has rows, fewer are blank. */
  readonly lines: readonly Line[];
  /** Where the terminal's cursor stands (0-based), while text is typed in; absent: hidden. */
  readonly cursor?: { readonly row: number; readonly column: number };
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Where a view may draw, and with which characters. */
export interface Look {
  readonly size: Size;
  /** Every view has to look right in both. */
  readonly glyphs: Glyphs;
}

/** A line of one span. */
export function line(text: string, tone: Tone = 'text'): Line {
  return [{ text, tone }];
}

export const BLANK: Line = [];
