import type { LadderRule } from '#agent/contract/decision.js';
import type { VictimOrder } from '#agent/contract/rule.js';
import type { ContainerSnapshot } from '#agent/contract/snapshot.js';

/** A container counts as grown from this ratio of its moving average on, and as large from this share of all on. */
const GROWN = 1.25;
const LARGE_SHARE = 0.5;
const GROWN_PERCENTILE = 0.8;
/** Who has less of all swap in use is no victim for swap. */
const SWAP_SHARE = 0.05;

/**
 * Containers to act on, the first first: who is preferred, then everybody, then who is to be avoided; within these by `by`. Formulas and
 * numbers are oomd's (src/oomd/plugins/KillMemoryGrowth, KillPressure, KillSwapUsage, KillPgScan) and systemd-oomd's. Pure.
 */
export function rankVictims(
  containers: readonly ContainerSnapshot[],
  { by, prefer, avoid }: LadderRule['victims'],
  averageBytes: Readonly<Record<string, number>>,
): ContainerSnapshot[] {
  const preference = (container: ContainerSnapshot): number => (prefer?.(container) ? 0 : avoid?.(container) ? 2 : 1);
  const keys = KEYS[by](containers, averageBytes);
  return containers
    .map((container, index) => ({ container, group: preference(container), key: keys[index] }))
    .filter((entry): entry is typeof entry & { key: readonly number[] } => entry.key !== undefined)
    .sort((a, b) => a.group - b.group || descending(a.key, b.key) || (a.container.id < b.container.id ? -1 : 1))
    .map(({ container }) => container);
}

/** Larger comes first, key by key; undefined: no victim at all. */
type Keys = (
  containers: readonly ContainerSnapshot[],
  averageBytes: Readonly<Record<string, number>>,
) => (readonly number[] | undefined)[];

const KEYS: Readonly<Record<VictimOrder, Keys>> = {
  growth: (containers, averageBytes) => {
    const effective = containers.map(effectiveBytes);
    const total = containers.reduce((sum, { memory }) => sum + (memory.currentBytes ?? 0), 0);
    const floor = percentile(effective, GROWN_PERCENTILE);
    return containers.map(({ id, memory }, index) => {
      const size = effective[index] ?? 0;
      const current = memory.currentBytes ?? 0;
      const growth = current / (averageBytes[id] || current || 1);
      const large = total > 0 && current / total >= LARGE_SHARE ? size : 0;
      return [large, growth >= GROWN && size >= floor ? growth : 0, size];
    });
  },
  size: (containers) => containers.map((each) => [effectiveBytes(each)]),
  pressure: (containers) =>
    containers.map(({ signals }) => {
      const [avg10, avg60] = [signals['memory.full.avg10'], signals['memory.full.avg60']];
      return avg10 === undefined && avg60 === undefined ? undefined : [(avg10 ?? 0) / 2 + (avg60 ?? 0) / 2];
    }),
  swap: (containers) => {
    const total = containers.reduce((sum, { memory }) => sum + (memory.swapBytes ?? 0), 0);
    return containers.map(({ memory: { swapBytes = 0 } }) => (swapBytes > total * SWAP_SHARE ? [swapBytes] : undefined));
  },
  scans: (containers) =>
    containers.map(({ signals, memory }) => {
      const scans = signals['memory.scans'];
      // What reclaim does not look at, killing does not help.
      return scans === 0 ? undefined : [scans ?? 0, memory.currentBytes ?? 0];
    }),
};

/** Memory in use beyond what is protected. */
function effectiveBytes({ memory }: ContainerSnapshot): number {
  return Math.max(0, (memory.currentBytes ?? 0) - Math.max(memory.minBytes ?? 0, memory.lowBytes ?? 0));
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function descending(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) if (value !== b[index]) return (b[index] ?? 0) - value;
  return 0;
}

/** oomd's moving average, a quarter of the new value a tick. */
export function movingAverages(
  containers: readonly ContainerSnapshot[],
  before: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    containers.flatMap(({ id, memory: { currentBytes } }) =>
      currentBytes === undefined ? [] : [[id, 0.75 * (before[id] ?? currentBytes) + 0.25 * currentBytes]],
    ),
  );
}
