import { type Glyphs, SHADES } from './glyphs.js';
import { shareOf } from './share.js';

/**
 * Counts over time as a heat map: a line for each of `counts[time][slot]`'s slots, the largest slot first, the newest time at the right, each line
 * exactly `width` cells. Shades are of the largest count there is, on a logarithmic scale: one slow request among ten thousand shows. Pure.
 */
export function heatStrip(
  counts: readonly (readonly number[] | undefined)[],
  { width, slots, glyphs }: { width: number; slots: number; glyphs: Glyphs },
): string[] {
  const shown = counts.slice(-width);
  const most = Math.max(0, ...shown.flatMap((slotCounts) => slotCounts ?? []));
  const shades = SHADES[glyphs];
  const shade = (count: number): string => {
    if (!(count > 0)) return shades[0]!;
    return shades[Math.max(1, Math.round(shareOf(Math.log1p(count), Math.log1p(most)) * (shades.length - 1)))]!;
  };
  return Array.from({ length: slots }, (_, index) => {
    const slot = slots - 1 - index;
    return shown
      .map((slotCounts) => shade(slotCounts?.[slot] ?? 0))
      .join('')
      .padStart(width);
  });
}
