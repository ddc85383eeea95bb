import type { EventView } from '#agent/contract/container.js';
import type { Line, Look, Tone } from '#src/top/frame.js';
import type { TopState } from '#src/top/state.js';
import { cut, safe } from '#src/top/text.js';

const TONES: Readonly<Record<string, Tone>> = {
  oom: 'bad',
  die: 'warn',
  kill: 'warn',
  drift: 'warn',
  'drift-war': 'bad',
  warning: 'bad',
  'tick-slow': 'warn',
  'policy-refuse': 'bad',
  rule: 'accent',
  freeze: 'accent',
  thaw: 'accent',
  limit: 'accent',
};

/** The newest events below a head, the newest at the bottom. Pure. */
export function viewEvents({ events, overview }: TopState, { size, glyphs }: Look): Line[] {
  if (size.rows === 0) return [];
  const rule = { unicode: '─', ascii: '-' }[glyphs];
  const focused = overview.focus === 'events';
  const newer = overview.eventsUp > 0 ? ` (${overview.eventsUp} newer)` : '';
  const title = ` events${newer}${focused ? ', arrows scroll them; Tab: back' : ''} `;
  const head: Line = [
    { text: rule.repeat(2), tone: 'rule' },
    { text: title, tone: focused ? 'accent' : 'head' },
    { text: rule.repeat(Math.max(0, size.columns - 2 - title.length)), tone: 'rule' },
  ];
  const end = Math.max(0, events.length - overview.eventsUp);
  const shown = events.slice(Math.max(0, end - (size.rows - 1)), end);
  return [head, ...shown.map((event) => viewEvent(event, size.columns, glyphs))];
}

function viewEvent(event: EventView, columns: number, glyphs: Look['glyphs']): Line {
  const time = localTime(event.time);
  const name = safe(event.container?.name ?? '(node)', glyphs);
  const what = safe(event.type, glyphs);
  const detail = Object.entries(event.attributes)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(' ');
  const room = columns - time.length - 2;
  return [
    { text: ` ${time} `, tone: 'dim' },
    { text: cut(`${what} ${name} `, room, glyphs), tone: TONES[event.type] ?? 'text' },
    { text: cut(safe(detail, glyphs), Math.max(0, room - what.length - name.length - 2), glyphs), tone: 'dim' },
  ];
}

/** hh:mm:ss, as the clock on the wall. */
export function localTime(time: string | number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
