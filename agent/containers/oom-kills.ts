import type { NodeContext } from './context.js';
import type { Governed } from './governed.js';
import { victimAttributes } from './kernel-witness.js';

/** The kernel counts so many OOM kills in it: those that were not told yet are, as one `oom` event. */
export function noticeOomKills(
  context: Pick<NodeContext, 'clock' | 'events' | 'witness'>,
  container: Governed,
  kills: number,
): void {
  if (kills <= container.oomKillsSeen) return;
  // Counted by a tick, which comes each second: what was seen of it is not much older.
  const sinceMs = context.clock.nowMs() - SEEN_WITHIN_MS;
  context.events.emit('oom', container.subject(), {
    kills: kills - container.oomKillsSeen,
    ...victimAttributes(context.witness, container.id, sinceMs),
  });
  container.oomKillsSeen = kills;
}

const SEEN_WITHIN_MS = 60_000;
