import type { Step } from '#src/top/effect.js';
import type { ActedInput } from '#src/top/input.js';
import type { TopState } from '#src/top/state.js';
import { kindOf } from './kinds.js';

/** Hands an answer to the dialog that waits for it; undefined: none does (any more). Pure. */
export function answerDialog(state: TopState, input: ActedInput): Step<TopState> | undefined {
  const { dialog } = state;
  const waiting = dialog !== undefined && 'waiting' in dialog ? [dialog.waiting].flat() : [];
  if (dialog === undefined || !waiting.includes(input.act)) return undefined;
  return kindOf(dialog).answer?.(state, dialog, input);
}
