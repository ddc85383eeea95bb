import type { Size } from './frame.js';
import type { DataInput } from './source.js';

/**
 * A key as it is named everywhere: a character stands for itself (`q`, `L`, `/`, `é`); others are `up down left right pageup pagedown
 * home end enter escape tab backtab backspace delete insert space f1`…`f12`, and `C-a`…`C-z` with Control.
 */
export interface KeyInput {
  readonly kind: 'key';
  readonly key: string;
}

/** 0-based cells. The wheel is `up` and `down`. */
export interface MouseInput {
  readonly kind: 'mouse';
  readonly action: 'press' | 'double' | 'up' | 'down';
  readonly row: number;
  readonly column: number;
}

/** Text that was pasted: typed where something is typed in, else ignored, so that it does nothing by mistake. */
export interface PasteInput {
  readonly kind: 'paste';
  readonly text: string;
}

/** How an act ended, as its executor says. */
export interface ActedInput {
  readonly kind: 'acted';
  /** Names the act, as its effect did. */
  readonly act: string;
  /** What was asked, in words: `freeze web-1`. */
  readonly label: string;
  /** Absent: it was done. */
  readonly error?: { readonly code: string; readonly field?: string; readonly message: string };
  /** What came back, for those that ask something. */
  readonly answer?: unknown;
}

/** All that changes the state; nothing else does. */
export type Input =
  | KeyInput
  | MouseInput
  | PasteInput
  | { readonly kind: 'resize'; readonly size: Size }
  /** Once a second, and after a pause: the clock moves on. */
  | { readonly kind: 'clock'; readonly nowMs: number }
  | ActedInput
  | DataInput;
