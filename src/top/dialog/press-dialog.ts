import type { Step } from '#src/top/effect.js';
import type { TopState } from '#src/top/state.js';
import type { Dialog } from './dialog.js';
import { closed } from './dialog-kind.js';
import { kindOf } from './kinds.js';

/** A key for the dialog on top; Esc closes any. Pure. */
export function pressDialog(state: TopState, dialog: Dialog, key: string): Step<TopState> {
  return key === 'escape' ? closed(state) : kindOf(dialog).press(state, dialog, key);
}
