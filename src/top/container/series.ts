import { resample } from '#src/top/charts/resample.js';
import type { Details } from './details.js';

/** When graphs begin and end, and how many values they take. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly columns: number;
}

/** One figure over a time: what was recorded, and after its end what was seen since. Undefined where there is nothing. Pure. */
export function seriesOf({ history, samples = [] }: Partial<Details>, field: string, span: Span): (number | undefined)[] {
  const recorded = history?.fields[field];
  const startMs = recorded === undefined ? Number.NEGATIVE_INFINITY : (history?.timesMs.at(-1) ?? Number.NEGATIVE_INFINITY);
  const timesMs: number[] = recorded === undefined ? [] : [...(history?.timesMs ?? [])];
  const values: (number | null)[] = [...(recorded ?? [])];
  for (const sample of samples) {
    const value = sample.values[field];
    if (sample.atMs <= startMs || value === undefined) continue;
    timesMs.push(sample.atMs);
    values.push(value);
  }
  // A second that comes a little late is no gap.
  return resample({ timesMs, values, stepMs: Math.max(history?.stepMs ?? 0, SAMPLE_MS) }, span);
}

/** The newest value of a figure that is not older than the end of the time; undefined: there is none. */
export function lastOf({ history, samples = [] }: Partial<Details>, field: string, toMs: number): number | undefined {
  const sample = samples.findLast(({ atMs, values }) => atMs <= toMs && values[field] !== undefined);
  if (sample !== undefined) return sample.values[field];
  const row = history?.timesMs.findLastIndex((atMs) => atMs <= toMs) ?? -1;
  return (row < 0 ? undefined : history?.fields[field]?.[row]) ?? undefined;
}

const SAMPLE_MS = 2500;
