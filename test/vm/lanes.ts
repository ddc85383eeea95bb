/** A test file and how long it took last time, in any unit; unknown ones count as average. */
export interface TimedFile {
  path: string;
  cost: number | undefined;
}

/** Spreads files over as many processes as a guest has CPUs, the longest first, each to the one with least to do. */
export function lanes(files: readonly TimedFile[], count: number): string[][] {
  const known = files.map(({ cost }) => cost).filter((cost) => cost !== undefined);
  const average = known.reduce((sum, cost) => sum + cost, 0) / Math.max(1, known.length);
  const loads = Array.from({ length: count }, () => ({ paths: [] as string[], cost: 0 }));
  const costed = files.map(({ path, cost }) => ({ path, cost: cost ?? average + 1 }));
  for (const { path, cost } of costed.toSorted((a, b) => b.cost - a.cost)) {
    const least = loads.reduce((a, b) => (b.cost < a.cost ? b : a));
    least.paths.push(path);
    least.cost += cost;
  }
  return loads.map(({ paths }) => paths).filter((paths) => paths.length > 0);
}
