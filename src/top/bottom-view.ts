import type { Line, Span } from './frame.js';
import { KEYS } from './keys.js';
import type { TopState } from './state.js';
import { cut, displayWidth, safe } from './text.js';

/** The last line: the filter while it is typed, else what came of the last act, else the keys. Pure. */
export function viewBottom(state: TopState): Line {
  const { glyphs, size, overview, notice, nowMs } = state;
  if (overview.typing)
    return [{ text: ' filter: ', tone: 'key' }, { text: ` ${cut(safe(overview.filter, glyphs), size.columns - 12, glyphs)}` }];
  if (notice !== undefined && notice.untilMs > nowMs)
    return [{ text: cut(` ${safe(notice.text, glyphs)}`, size.columns, glyphs), tone: notice.tone }];
  return hints(state);
}

/** Where the cursor stands while the filter is typed. */
export function filterColumn({ overview, glyphs, size }: TopState): number {
  return Math.min(size.columns - 1, 10 + displayWidth(safe(overview.filter, glyphs)));
}

/** The keys of where it is; acts are of now only. */
function hints({ size: { columns }, container, connection }: TopState): Line {
  const here = container === undefined ? 'overview' : 'container';
  const spans: Span[] = [];
  let used = 0;
  for (const { place, keys, hint } of KEYS) {
    if (hint === undefined || (place !== 'everywhere' && place !== here && place !== 'acts')) continue;
    if (place === 'acts' && connection.kind === 'recorded') continue;
    const key = keys.split(' ')[0]!;
    const width = key.length + hint.length + 2;
    if (used + width > columns) break;
    spans.push({ text: key, tone: 'key' }, { text: `${hint} `, tone: 'dim' }, { text: ' ' });
    used += width;
  }
  return spans;
}
