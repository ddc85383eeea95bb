import type { ActionKind } from '#agent/contract/decision.js';
import { KILL_DEADLINE_MS, kill, terminate } from './end.js';
import { type ActionOf, DONE, type Executor } from './executor.js';
import { freezeFor, thawEarly } from './freeze.js';
import { RECLAIM_DEADLINE_MS, reclaim } from './reclaim.js';
import { setLimits } from './set.js';
import { undo } from './undo.js';

/** Every kind of act there is has one. */
export const EXECUTORS: { readonly [K in ActionKind]: Executor<K> } = {
  notify: () => DONE,
  reclaim,
  set: setLimits,
  throttle: setLimits,
  freeze: freezeFor,
  thaw: thawEarly,
  terminate,
  kill,
  undo,
};

/** Waiting for the container's queue, in which a person's act may be under way. */
const QUEUE_MS = 15_000;

/** How long an act may take until it is told as failed; what is done to the container may go on beyond that. */
export function deadlineMs(action: ActionOf<ActionKind>): number {
  switch (action.kind) {
    case 'reclaim':
      return QUEUE_MS + RECLAIM_DEADLINE_MS;
    case 'terminate':
      return QUEUE_MS + action.graceMs + KILL_DEADLINE_MS;
    case 'kill':
      return QUEUE_MS + KILL_DEADLINE_MS;
    default:
      return QUEUE_MS;
  }
}
