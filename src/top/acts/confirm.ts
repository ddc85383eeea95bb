import type { EventView } from '#agent/contract/container.js';
import type { ActedInput } from '#src/top/input.js';
import type { TopState } from '#src/top/state.js';
import { noticeOf } from './notice.js';
import type { PendingAct } from './pending.js';

/** Acts remembered although they are over, for what is said of their group. */
const MOST_PENDING = 500;

/** Takes in that the agent answered. Pure. */
export function answered(state: TopState, { act, error }: ActedInput): TopState {
  return changed(state, (each) => {
    if (each.act !== act) return each;
    if (error !== undefined) return { ...each, status: 'refused', reason: error.message };
    return each.status === 'confirmed' ? each : { ...each, status: 'done' };
  });
}

/** Takes in what events confirm. Pure. */
export function confirmed(state: TopState, events: readonly EventView[]): TopState {
  return changed(state, (each) => {
    if (each.status !== 'asked' && each.status !== 'done') return each;
    const told = events.some(
      ({ id, time, type, container }) =>
        id > each.afterEvent &&
        Date.parse(time) >= each.afterMs &&
        each.confirmedBy.includes(type) &&
        (each.container === undefined || each.container === container?.id),
    );
    return told ? { ...each, status: 'confirmed' } : each;
  });
}

function changed(state: TopState, change: (act: PendingAct) => PendingAct): TopState {
  let group: string | undefined;
  const pending = state.pending.map((each) => {
    const next = change(each);
    if (next !== each) group = each.group;
    return next;
  });
  if (group === undefined) return state;
  const notice = noticeOf(pending, group, state.nowMs) ?? state.notice;
  return { ...state, pending: pending.slice(-MOST_PENDING), notice };
}
