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
  return hints(size.columns);
}

/** Where the cursor stands while the filter is typed. */
export function filterColumn({ overview, glyphs, size }: TopState): number {
  return Math.min(size.columns - 1, 10 + displayWidth(safe(overview.filter, glyphs)));
}

function hints(columns: number): Line {
  const spans: Span[] = [];
  let used = 0;
  for (const { keys, hint } of KEYS) {
    if (hint === undefined) continue;
    const key = keys.split(' ')[0]!;
    const width = key.length + hint.length + 2;
    if (used + width > columns) break;
    spans.push({ text: key, tone: 'key' }, { text: `${hint} `, tone: 'dim' }, { text: ' ' });
    used += width;
  }
  return spans;
}
