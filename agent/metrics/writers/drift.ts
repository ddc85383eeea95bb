import type { DriftCause } from '#agent/contract/drift.js';
import { label, seriesLine } from '#agent/metrics/exposition.js';
import type { Blocks, Metric } from '#agent/metrics/metric.js';
import type { Subject } from '#agent/metrics/subjects/subject.js';
import { histogramLines, nodeMetric, single } from './single.js';

export interface DriftSource {
  counts(id: string): Iterable<{ field: string; cause: DriftCause; count: number }>;
  readonly repairs: { readonly bounds: readonly number[]; readonly sum: number; cumulated(): number[] };
  readonly overflows: number;
  readonly watching: DriftCause;
}

const DRIFT: Metric = {
  name: 'tsgov_drift_total',
  type: 'counter',
  help: 'Limits that somebody else had changed.',
  labels: ['field', 'cause'],
  perContainer: true,
  source: 'fanotify, and looks at the files',
};
const REPAIR = nodeMetric(
  'tsgov_drift_repair_seconds',
  'histogram',
  'Time from the notice of a changed limit until the kernel had it again.',
  'the clock',
);
const LOST = nodeMetric(
  'tsgov_drift_events_lost_total',
  'counter',
  'Times the kernel had more events than it keeps; then all was looked at.',
  'fanotify',
);
const WATCHING = nodeMetric(
  'tsgov_drift_watching',
  'gauge',
  '1: the kernel tells of writes to limits; 0: they are only looked for.',
  'fanotify',
);

export const DRIFT_METRICS = [DRIFT, REPAIR, LOST, WATCHING];

/** What others changed of limits: by container, limit and cause; how soon it was put back; whether the kernel tells of it. */
export function* driftBlocks(drift: DriftSource, subjects: readonly Subject[]): Blocks {
  let text = '';
  for (const { container, labels } of subjects)
    for (const { field, cause, count } of container === undefined ? [] : drift.counts(container.id))
      text += seriesLine(DRIFT.name, [labels, label('field', field), label('cause', cause)].join(','), count);
  yield { metric: DRIFT, text };
  const { bounds, sum } = drift.repairs;
  const counts = drift.repairs.cumulated();
  yield { metric: REPAIR, text: histogramLines(REPAIR.name, '', { bounds, counts, sum, count: counts.at(-1) ?? 0 }) };
  yield single(LOST, drift.overflows);
  yield single(WATCHING, drift.watching === 'fanotify' ? 1 : 0);
}
