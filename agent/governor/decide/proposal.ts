import type { Action } from '#agent/contract/decision.js';

/** An act that a rule would do, and what the rule remembers if it does it, or (another rule's act went first) if it does not. */
export interface Proposal<State> {
  /** `POLICY/RULE`. */
  key: string;
  /** Whose state it is: a container, or `''`. */
  holder: string;
  /** Undefined: nothing. */
  waiting: State | undefined;
  act?: { action: Action; taken: State };
}

/** How strong an act is; what goes back goes first. */
const STRENGTH: Readonly<Record<Action['kind'], number>> = {
  notify: 0,
  thaw: 1,
  reclaim: 2,
  set: 3,
  throttle: 4,
  freeze: 5,
  terminate: 6,
  kill: 7,
  undo: 8,
};

/**
 * Which of the acts proposed in one tick are done: one on a container, the strongest, of equal ones that of the policy with the higher
 * priority, then of the name that sorts first. What policies that observe propose is chosen from by itself: it stops nothing. Pure.
 */
export function chooseActs<P extends Proposal<unknown>>(proposals: readonly P[]): Set<P> {
  const chosen = new Map<string, P>();
  for (const proposal of proposals) {
    const { act } = proposal;
    if (act === undefined) continue;
    const place = `${act.action.observed ? 'observed' : 'enforced'}/${act.action.container}`;
    const other = chosen.get(place);
    if (other?.act === undefined || outranks(act.action, other.act.action)) chosen.set(place, proposal);
  }
  return new Set(chosen.values());
}

function outranks(a: Action, b: Action): boolean {
  const strength = STRENGTH[a.kind] - STRENGTH[b.kind];
  if (strength !== 0) return strength > 0;
  if (a.priority !== b.priority) return a.priority > b.priority;
  return a.policy === b.policy ? a.rule < b.rule : a.policy < b.policy;
}
