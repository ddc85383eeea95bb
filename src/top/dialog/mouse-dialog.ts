import type { Step } from '#src/top/effect.js';
import type { MouseInput } from '#src/top/input.js';
import type { TopState } from '#src/top/state.js';
import type { Dialog } from './dialog.js';
import { pressDialog } from './press-dialog.js';

/** The wheel moves what a dialog shows; a click does nothing by mistake. Pure. */
export function mouseDialog(state: TopState, dialog: Dialog, { action }: MouseInput): Step<TopState> {
  return action === 'up' || action === 'down' ? pressDialog(state, dialog, action) : { state, effects: [] };
}
