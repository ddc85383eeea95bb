import type { DriftCause } from '#agent/contract/drift.js';
import { familyHead, label, seriesLine } from './exposition.js';
import type { Subject } from './subject.js';

export interface DriftSource {
  counts(id: string): Iterable<{ field: string; cause: DriftCause; count: number }>;
  readonly repairs: { readonly bounds: readonly number[]; readonly sum: number; cumulated(): number[] };
  readonly overflows: number;
  readonly watching: DriftCause;
}

/** What others changed of limits, as text: by container, limit and cause; how soon it was put back; whether the kernel tells of it. */
export function driftText(drift: DriftSource, subjects: readonly Subject[]): string {
  let series = '';
  for (const { view, labels } of subjects)
    for (const { field, cause, count } of view === undefined ? [] : drift.counts(view.id))
      series += seriesLine('tsgov_drift_total', [labels, label('field', field), label('cause', cause)].join(','), count);
  const name = 'tsgov_drift_repair_seconds';
  let text = familyHead('tsgov_drift_total', 'counter', 'Limits that somebody else had changed.') + series;
  text += familyHead(name, 'histogram', 'Time from the notice of a changed limit until the kernel had it again.');
  const counts = drift.repairs.cumulated();
  for (const [index, bound] of drift.repairs.bounds.entries())
    text += seriesLine(`${name}_bucket`, label('le', String(bound)), counts[index] ?? 0);
  const all = counts.at(-1) ?? 0;
  text += seriesLine(`${name}_bucket`, label('le', '+Inf'), all);
  text += seriesLine(`${name}_sum`, '', drift.repairs.sum) + seriesLine(`${name}_count`, '', all);
  text += familyHead(
    'tsgov_drift_events_lost_total',
    'counter',
    'Times the kernel had more events than it keeps; then all was looked at.',
  );
  text += seriesLine('tsgov_drift_events_lost_total', '', drift.overflows);
  text += familyHead('tsgov_drift_watching', 'gauge', '1: the kernel tells of writes to limits; 0: they are only looked for.');
  return text + seriesLine('tsgov_drift_watching', '', drift.watching === 'fanotify' ? 1 : 0);
}
