import type { PendingUndo } from './memory.js';
import type { Proposal } from './proposal.js';

interface Undoing<State> {
  key: string;
  holder: string;
  state: State;
  due: PendingUndo;
  why: string;
  priority: number;
  values: Record<string, number>;
}

/**
 * Takes back one thing that a rule did, and with it what earlier steps did to the same fields: a rule has one value a field. Pure.
 */
export function undoProposal<State extends { undo: PendingUndo[] }>(undoing: Undoing<State>): Proposal<State> {
  const { key, holder, state, due, why, priority, values } = undoing;
  const slash = key.indexOf('/');
  const { of, fields, limits = {}, observed, container, name } = due;
  const left = state.undo.filter(
    (each) =>
      !(each.container === container && each.observed === observed && each.fields.every((field) => fields.includes(field))),
  );
  return {
    key,
    holder,
    waiting: state,
    act: {
      action: {
        kind: 'undo',
        of,
        fields,
        was: limits,
        container,
        name,
        policy: key.slice(0, slash),
        priority,
        rule: key.slice(slash + 1),
        observed,
        reason: why,
        values,
      },
      taken: { ...state, undo: left },
    },
  };
}
