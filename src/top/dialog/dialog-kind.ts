import type { Step } from '#src/top/effect.js';
import type { Line, Look } from '#src/top/frame.js';
import type { ActedInput } from '#src/top/input.js';
import type { TopState } from '#src/top/state.js';
import type { Dialog } from './dialog.js';

/** What one kind of dialog does. All pure. Esc is not given to it, but closes it. */
export interface DialogKind<D extends Dialog> {
  title(dialog: D): string;
  press(state: TopState, dialog: D, key: string): Step<TopState>;
  /** What it asked the agent for has come. Absent: it asks for nothing. */
  answer?(state: TopState, dialog: D, input: ActedInput): Step<TopState>;
  /** Its content, at most so wide and high; a caret where text is typed. */
  view(dialog: D, state: TopState, look: Look): { lines: readonly Line[]; caret?: { row: number; column: number } };
}

/** Closes whatever dialog there is. */
export function closed(state: TopState): Step<TopState> {
  return { state: { ...state, dialog: undefined }, effects: [] };
}

/** The dialog in another state. */
export function stays(state: TopState, dialog: Dialog): Step<TopState> {
  return { state: { ...state, dialog }, effects: [] };
}

/** First line shown, so that `index` is among `room` lines. */
export function firstShown(index: number, count: number, room: number): number {
  return Math.max(0, Math.min(count - room, index - Math.floor(room / 2)));
}
