import type { Call, Step } from '#src/top/effect.js';
import type { TopState } from '#src/top/state.js';
import { noticeOf } from './notice.js';
import type { PendingAct } from './pending.js';

/** An act on one container, before it is asked of the agent. */
export interface ActRequest {
  /** Id; absent: it is about no one container. */
  readonly container?: string;
  readonly label: string;
  readonly call: Call;
  /** Types of events that confirm it. */
  readonly confirmedBy: readonly string[];
}

/** Asks the agent for all of these, which belong together. Pure. */
export function ask(state: TopState, requests: readonly ActRequest[]): Step<TopState> {
  if (requests.length === 0) return { state, effects: [] };
  const group = `g${state.nextAct}`;
  const afterEvent = state.events.at(-1)?.id ?? 0;
  const acts = requests.map((request, index) => ({ act: `a${state.nextAct + index}`, request }));
  const asked = acts.map(
    ({ act, request: { label, container, confirmedBy } }): PendingAct => ({
      act,
      group,
      label,
      ...(container === undefined ? {} : { container }),
      confirmedBy,
      afterEvent,
      afterMs: state.atMs ?? 0,
      status: 'asked',
    }),
  );
  const pending = [...state.pending, ...asked];
  return {
    state: { ...state, nextAct: state.nextAct + acts.length, pending, notice: noticeOf(pending, group, state.nowMs) },
    effects: acts.map(({ act, request: { label, call } }) => ({ kind: 'call', act, label, call })),
  };
}
