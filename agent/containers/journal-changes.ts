import type { JournalInput } from '#agent/contract/journal.js';
import type { PolicyChange } from '#agent/contract/policy.js';
import type { NodeContext } from './context.js';
import type { Governed } from './governed.js';

/** A row for each limit that policies set, would set, or do not set any more. */
export function journalChanges(
  context: NodeContext,
  container: Governed,
  changes: readonly PolicyChange[],
  outcome: Pick<JournalInput, 'result' | 'error'>,
): void {
  for (const change of changes) {
    const { field, from, to, toSource } = change;
    const values = { from: change.fromSource ?? 'nobody', to: toSource ?? 'nobody' };
    const { actor, sets } = actorOf(change);
    context.journal.record({
      container: container.subject(),
      actor,
      action: 'limit',
      field,
      before: from,
      after: to,
      reason: sets ? `${actor} sets it` : `${actor} does not set it any more`,
      undo: outcome.result !== 'failed' && sets ? `goes back to ${from ?? 'no limit'} when ${actor} goes` : null,
      values,
      ...outcome,
    });
  }
}

/** The policy at work: the one that says so now, else the one that did. */
function actorOf({ fromSource, toSource }: PolicyChange): { actor: string; sets: boolean } {
  const isPolicy = (source: string | null): source is string => source?.includes('/') === true;
  if (isPolicy(toSource)) return { actor: toSource, sets: true };
  return { actor: isPolicy(fromSource) ? fromSource : 'agent', sets: false };
}
