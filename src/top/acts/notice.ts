import type { Notice } from '#src/top/state.js';
import type { PendingAct } from './pending.js';

const SHOWN_MS = 8000;
const REFUSAL_SHOWN_MS = 30_000;

/** What to say of the acts of a group as they stand. Pure. */
export function noticeOf(pending: readonly PendingAct[], group: string, nowMs: number): Notice | undefined {
  const acts = pending.filter((each) => each.group === group);
  const count = (status: PendingAct['status']) => acts.filter((each) => each.status === status).length;
  const refused = acts.filter((each) => each.status === 'refused');
  const [first] = acts;
  if (first === undefined) return undefined;
  const untilMs = nowMs + (refused.length > 0 ? REFUSAL_SHOWN_MS : SHOWN_MS);
  if (acts.length === 1) return { ...oneText(first), untilMs };
  const parts = [
    `${acts.length} acts:`,
    [
      ...(count('confirmed') > 0 ? [`${count('confirmed')} confirmed`] : []),
      ...(count('done') > 0 ? [`${count('done')} done`] : []),
      ...(count('asked') > 0 ? [`${count('asked')} under way`] : []),
      ...(refused.length > 0 ? [`${refused.length} refused (${refused[0]!.label}: ${refused[0]!.reason ?? ''})`] : []),
    ].join(', '),
  ];
  if (refused.length > 0) return { tone: 'bad', text: parts.join(' '), untilMs };
  return { tone: count('confirmed') === acts.length ? 'good' : 'dim', text: parts.join(' '), untilMs };
}

function oneText({ label, status, reason, confirmedBy }: PendingAct): Pick<Notice, 'tone' | 'text'> {
  switch (status) {
    case 'asked':
      return { tone: 'dim', text: `${label} ...` };
    case 'done':
      return confirmedBy.length === 0
        ? { tone: 'good', text: `${label}: done` }
        : { tone: 'dim', text: `${label}: done, waiting for its event` };
    case 'confirmed':
      return { tone: 'good', text: `${label}: done, confirmed by its event` };
    case 'refused':
      return { tone: 'bad', text: `${label}: refused: ${reason ?? ''}` };
  }
}
