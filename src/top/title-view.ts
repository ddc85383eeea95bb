import { shortSpan, wallClock } from './container/wall-clock.js';
import type { Line, Span } from './frame.js';
import { localTime } from './overview/events-view.js';
import type { TopState } from './state.js';
import { cut, displayWidth, safe } from './text.js';

/** The first line: whose node this is, how many containers, whether it is live, and the time. Pure. */
export function viewTitle(state: TopState): Line {
  const { node, glyphs, size, rows, overview, connection } = state;
  const host = node === undefined ? '' : ` ${safe(node.hostname, glyphs)}`;
  const right = statusOf(state);
  const left = [
    `tsgov top${host}`,
    countText(rows, overview.order.length),
    ...(overview.filter === '' ? [] : [`filter: ${safe(overview.filter, glyphs)}`]),
    ...(overview.marked.size === 0 ? [] : [`${overview.marked.size} marked`]),
    ...(connection.kind === 'lost' ? [] : [safe(state.target, glyphs)]),
  ].join('  ');
  const room = Math.max(0, size.columns - displayWidth(right.text) - 2);
  const text = cut(` ${left}`, room, glyphs);
  return [{ text, tone: 'title' }, { text: ' '.repeat(Math.max(1, room - displayWidth(text) + 1)) }, right];
}

function statusOf({ connection, paused, atMs, nowMs, glyphs }: TopState): Span {
  if (connection.kind === 'connecting') return { text: 'connecting', tone: 'dim' };
  if (connection.kind === 'recorded')
    return {
      text: ` NOT NOW: ${wallClock(connection.atMs)}, ${shortSpan(nowMs - connection.atMs)} ago${connection.first ? ', the first recorded' : ''} `,
      tone: 'key',
    };
  if (connection.kind === 'lost') {
    const seconds = Math.max(0, Math.round((nowMs - connection.sinceMs) / 1000));
    const what = connection.refused === true ? 'NO FIGURES' : 'AGENT GONE';
    return { text: cut(`${what} for ${seconds} s: ${safe(connection.reason, glyphs)}`, 60, glyphs), tone: 'bad' };
  }
  const time = atMs === undefined ? '' : localTime(atMs);
  return paused ? { text: `PAUSED ${time}`, tone: 'warn' } : { text: `live ${time}`, tone: 'good' };
}

function countText(rows: TopState['rows'], shown: number): string {
  let running = 0;
  let frozen = 0;
  for (const { status } of rows.values()) {
    if (status === 'running') running += 1;
    if (status === 'frozen') frozen += 1;
  }
  const all = shown === rows.size ? `${rows.size}` : `${shown} of ${rows.size}`;
  return `${all} containers, ${running} running${frozen === 0 ? '' : `, ${frozen} frozen`}`;
}
