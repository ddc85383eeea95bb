/** The value below which a share of the samples lies (nearest rank), rounded to microseconds; NaN-free: no samples is an error. */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new RangeError('no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number;
  return Math.round(value * 1000) / 1000;
}

export interface StartFigures {
  p50Ms: number;
  p95Ms: number;
}

export function figures(samples: readonly number[]): StartFigures {
  return { p50Ms: quantile(samples, 0.5), p95Ms: quantile(samples, 0.95) };
}
