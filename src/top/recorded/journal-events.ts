import type { EventView } from '#agent/contract/container.js';
import type { DeathView, JournalEntry } from '#agent/contract/journal.js';

/** What was done and how containers ended as events, oldest first; events themselves are not recorded. Pure. */
export function journalEvents(entries: readonly JournalEntry[], deaths: readonly DeathView[]): EventView[] {
  const acts = entries.map(({ time, action, container, actor, field, before, after, reason, result }) =>
    eventOf(time, action, container, {
      actor,
      ...(field === null ? {} : { field, before, after }),
      ...(result === 'done' ? {} : { result }),
      ...(reason === '' ? {} : { reason }),
    }),
  );
  const ends = deaths.map(({ finishedAt, container, exitCode, signal, oomKilled }) =>
    eventOf(finishedAt, oomKilled ? 'oom' : 'die', container, { exitCode, ...(signal === null ? {} : { signal }) }),
  );
  return [...acts, ...ends].sort((a, b) => (a.time < b.time ? -1 : 1)).map((event, index) => ({ ...event, id: index + 1 }));
}

function eventOf(
  time: string,
  type: string,
  container: EventView['container'] | null,
  attributes: EventView['attributes'],
): EventView {
  return { id: 0, time, type, ...(container ? { container } : {}), attributes };
}
