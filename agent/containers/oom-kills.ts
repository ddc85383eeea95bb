import type { NodeContext } from './context.js';
import type { Governed } from './governed.js';

/** The kernel counts so many OOM kills in it: those that were not told yet are, as one `oom` event. */
export function noticeOomKills(context: Pick<NodeContext, 'events'>, container: Governed, kills: number): void {
  if (kills <= container.oomKillsSeen) return;
  context.events.emit('oom', container.subject(), { kills: kills - container.oomKillsSeen });
  container.oomKillsSeen = kills;
}
