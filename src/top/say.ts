import type { Notice, TopState } from './state.js';

const SHOWN_MS = 6000;

/** A word in the last line for a while. Pure. */
export function say(state: TopState, tone: Notice['tone'], text: string): TopState {
  return { ...state, notice: { tone, text, untilMs: state.nowMs + SHOWN_MS } };
}
