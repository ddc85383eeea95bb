import { TICK_BUCKETS, type TickFigures } from '#agent/governor/tick.js';
import type { Block, Blocks, Metric } from '#agent/metrics/metric.js';
import { histogramLines, nodeMetric, single } from './single.js';

export interface TickSource {
  readonly figures: TickFigures;
  /** Files of cgroups and of /proc that are held open. */
  openFiles(): number;
}

const TICK = nodeMetric(
  'tsgov_agent_tick_seconds',
  'histogram',
  'Time a tick took: all cgroups read, and decided on.',
  'the clock',
);
const LATE = nodeMetric(
  'tsgov_agent_ticks_late_total',
  'counter',
  'Ticks that began more than half a period late, or were left out.',
  'the clock',
);
const FILES = nodeMetric(
  'tsgov_agent_files_held',
  'gauge',
  'Files of cgroups and of the node that the sampler holds open.',
  'the sampler',
);

const LAG = nodeMetric(
  'tsgov_agent_event_loop_lag_seconds',
  'histogram',
  'How long after it was due each tick began: what else the event loop had to do before.',
  'the clock',
);

export const TICK_METRICS = [TICK, LATE, LAG, FILES];

/** The governor's tick: how long ticks take, how many came late, and what they hold open. */
export function* tickBlocks({ figures, openFiles }: TickSource): Blocks {
  yield histogram(TICK, figures.buckets, figures.seconds, figures.ticks);
  yield single(LATE, figures.late);
  yield histogram(LAG, figures.lagBuckets, figures.lagSeconds, figures.begun);
  yield single(FILES, openFiles());
}

function histogram(metric: Metric, buckets: readonly number[], sum: number, count: number): Block {
  let below = 0;
  const counts = TICK_BUCKETS.map((_, index) => {
    below += buckets[index] ?? 0;
    return below;
  });
  return { metric, text: histogramLines(metric.name, '', { bounds: TICK_BUCKETS, counts, sum, count }) };
}
