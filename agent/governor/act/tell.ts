import type { EventView } from '#agent/contract/container.js';
import type { Action } from '#agent/contract/decision.js';
import type { JournalEntry, JournalInput, JournalResult } from '#agent/contract/journal.js';
import type { ActContext, ActResult } from './executor.js';
import { ruleSource } from './rule-layers.js';

export interface Outcome extends Pick<ActResult, 'fields' | 'before' | 'after' | 'nothing'> {
  readonly result: JournalResult;
  readonly error?: string;
  readonly note?: string;
}

/** Tells an act as an event, as rows of the journal (one a limit) and as a count; observed or done, but for the result the same. */
export function tellAct(
  context: ActContext,
  subject: NonNullable<EventView['container']>,
  action: Action,
  outcome: Outcome,
): Outcome {
  const { policy, rule, kind } = action;
  context.counts.add({ policy, rule, action: kind, result: outcome.result });
  const routine = action.kind === 'set' && action.routine && (outcome.result === 'done' || outcome.result === 'observed');
  if (routine) return outcome;
  const rows = rowsOf(action, outcome);
  const reason = outcome.note === undefined ? action.reason : `${action.reason} (${outcome.note})`;
  const error = outcome.error === undefined ? {} : { error: outcome.error };
  const { events, journal } = context.node;
  for (const row of rows)
    journal.record({
      container: subject,
      actor: ruleSource(action),
      action: kind,
      reason,
      result: outcome.result,
      values: action.values,
      undo: outcome.result === 'done' || outcome.result === 'observed' ? undoOf(action, subject.name) : null,
      ...row,
      ...error,
    });
  events.emit('rule', subject, {
    policy,
    rule,
    action: kind,
    enforce: action.observed ? 'observe' : 'enforce',
    result: outcome.result,
    reason,
    ...(action.kind === 'notify' && action.message !== '' ? { message: action.message } : {}),
    ...error,
    ...Object.fromEntries(rows.flatMap(({ field, after }) => (field == null ? [] : [[field, after ?? null]]))),
    ...action.values,
  });
  return outcome;
}

type Row = Pick<JournalInput, 'field' | 'before' | 'after'>;

function rowsOf(action: Action, { before = null, after = null, fields }: Outcome): Row[] {
  switch (action.kind) {
    case 'set':
    case 'throttle':
      return Object.entries(action.limits)
        .filter(([field]) => fields?.includes(field) ?? true)
        .map(([field, value]) => ({ field, before: action.before[field] ?? null, after: value }));
    case 'freeze':
      return [{ field: 'state', before: 'thawed', after: 'frozen' }];
    case 'thaw':
      return [{ field: 'state', before: 'frozen', after: 'thawed' }];
    case 'reclaim':
      return [{ field: 'memory.current', before, after }];
    case 'undo':
      return [{ field: (fields ?? action.fields).join(', '), before, after }];
    default:
      return [{ field: null, before: null, after: null }];
  }
}

/** How it goes back. */
function undoOf(action: Action, name: string): JournalEntry['undo'] {
  const timed = (forMs: number | null): string => (forMs === null ? '' : `after ${forMs / 1000} s, or `);
  switch (action.kind) {
    case 'set':
      return `goes back when the condition is gone or the rule goes; tsgov limit ${name} overrules it`;
    case 'throttle':
      return `goes back ${timed(action.forMs)}when the condition is gone or the rule goes; tsgov limit ${name} overrules it`;
    case 'freeze':
      return `thaws ${timed(action.forMs)}when the condition is gone or the rule goes; tsgov thaw ${name}`;
    case 'terminate':
    case 'kill':
      return `tsgov start ${name}, or whoever runs it`;
    default:
      return null;
  }
}
