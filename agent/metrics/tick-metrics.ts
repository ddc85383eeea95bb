import { TICK_BUCKETS, type TickFigures } from '#agent/governor/tick.js';
import { familyHead, label, seriesLine } from './exposition.js';

export interface TickSource {
  readonly figures: TickFigures;
  /** Files of cgroups and of /proc that are held open. */
  openFiles(): number;
}

/** The governor's tick, as text: how long ticks take, how many came late, and what they hold open. */
export function tickText({ figures, openFiles }: TickSource): string {
  let text = familyHead('tsgov_tick_seconds', 'histogram', 'Time a tick took: all cgroups read, and decided on.');
  let count = 0;
  for (const [index, bound] of TICK_BUCKETS.entries()) {
    count += figures.buckets[index] ?? 0;
    text += seriesLine('tsgov_tick_seconds_bucket', label('le', String(bound)), count);
  }
  text += seriesLine('tsgov_tick_seconds_bucket', label('le', '+Inf'), figures.ticks);
  text += seriesLine('tsgov_tick_seconds_sum', '', figures.seconds);
  text += seriesLine('tsgov_tick_seconds_count', '', figures.ticks);
  text += familyHead('tsgov_ticks_late_total', 'counter', 'Ticks that began more than half a period late, or were left out.');
  text += seriesLine('tsgov_ticks_late_total', '', figures.late);
  text += familyHead('tsgov_sampler_open_files', 'gauge', 'Files of cgroups and of the node that the sampler holds open.');
  text += seriesLine('tsgov_sampler_open_files', '', openFiles());
  return text;
}
