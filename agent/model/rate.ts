/**
 * How fast a counter rises, a second. `undefined`: one end is not known, no time passed, or the counter went back, which means that its
 * cgroup was made anew (or, on 32 bits, that it wrapped): nothing can be said of that moment.
 */
export function ratePerSecond(before: number | undefined, after: number | undefined, elapsedMs: number): number | undefined {
  if (before === undefined || after === undefined || elapsedMs <= 0 || after < before) return undefined;
  return ((after - before) * 1000) / elapsedMs;
}

/** `part` of `whole` in percent; undefined where there is no whole. */
export function percentOf(part: number | undefined, whole: unknown): number | undefined {
  return part === undefined || typeof whole !== 'number' || whole <= 0 ? undefined : (part * 100) / whole;
}
