/**
 * A series as `columns` values over [fromMs, toMs): the mean of what falls into each, what was before where steps are coarser than columns, and
 * undefined where nothing was recorded for longer than `stepMs`. Times rise; null is no value. Pure.
 */
export function resample(
  series: { timesMs: readonly number[]; values: readonly (number | null)[]; stepMs: number },
  { fromMs, toMs, columns }: { fromMs: number; toMs: number; columns: number },
): (number | undefined)[] {
  const { timesMs, values, stepMs } = series;
  const columnMs = (toMs - fromMs) / columns;
  let row = 0;
  let held: { value: number; untilMs: number } | undefined;
  return Array.from({ length: columns }, (_, column) => {
    const startMs = fromMs + column * columnMs;
    let sum = 0;
    let count = 0;
    for (; row < timesMs.length && timesMs[row]! < startMs + columnMs; row += 1) {
      const value = values[row];
      if (value === null || value === undefined) continue;
      held = { value, untilMs: timesMs[row]! + stepMs };
      if (timesMs[row]! < startMs) continue;
      sum += value;
      count += 1;
    }
    if (count > 0) return sum / count;
    return held !== undefined && held.untilMs > startMs ? held.value : undefined;
  });
}
