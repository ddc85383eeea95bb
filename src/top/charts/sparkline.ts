import { type Glyphs, RAMP } from './glyphs.js';
import { shareOf } from './share.js';

/**
 * The last `width` values as one line of that width, the newest at the right; `max` is the full height, larger values are cut. A value that is
 * undefined is left blank; one that is more than nothing shows as more than nothing. Pure.
 */
export function sparkline(
  values: readonly (number | undefined)[],
  { width, max, glyphs }: { width: number; max: number; glyphs: Glyphs },
): string {
  const ramp = RAMP[glyphs];
  const cells = values.slice(-width).map((value) => {
    if (value === undefined) return ramp[0]!;
    return ramp[Math.max(1, Math.ceil(shareOf(value, max) * (ramp.length - 1)))]!;
  });
  return cells.join('').padStart(width);
}
