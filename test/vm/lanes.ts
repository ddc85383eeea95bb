import { basename } from 'node:path';

/** A test file and how many milliseconds it took last time. */
export interface TimedFile {
  path: string;
  cost: number | undefined;
}

/** Of files that nobody has timed here yet: the longest must not come last. */
const USUAL_MS: Readonly<Record<string, number>> = {
  'rules-pressure': 60_000,
  why: 50_000,
  'bpf-trace': 35_000,
  'metrics-kernel': 30_000,
  'bpf-figures': 25_000,
  'limit-operations': 32_000,
  'agent-adopt': 20_000,
  'agent-lifecycle': 20_000,
  'blocking-writes': 28_000,
  'io-limits': 30_000,
  shim: 28_000,
  'limit-conditions': 15_000,
  'limits-in-force': 15_000,
  drift: 22_000,
  'run-rootfs': 11_000,
  'run-mounts': 10_000,
  'run-process': 7_000,
};
const OTHERS_MS = 5000;

/** Spreads files over as many processes as a guest has CPUs, the longest first, each to the one with least to do. */
export function lanes(files: readonly TimedFile[], count: number): string[][] {
  const loads = Array.from({ length: count }, () => ({ paths: [] as string[], cost: 0 }));
  const costed = files.map(({ path, cost }) => ({ path, cost: cost ?? USUAL_MS[basename(path, '.test.js')] ?? OTHERS_MS }));
  for (const { path, cost } of costed.toSorted((a, b) => b.cost - a.cost)) {
    const least = loads.reduce((a, b) => (b.cost < a.cost ? b : a));
    least.paths.push(path);
    least.cost += cost;
  }
  return loads.map(({ paths }) => paths).filter((paths) => paths.length > 0);
}
