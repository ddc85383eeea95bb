import type { ContainerSnapshot, NodeSnapshot, Snapshot } from '#agent/contract/snapshot.js';

/** The node itself among the subjects of history; no container has such an id. */
export const NODE_ID = '';

/** What a segment is of, and what did not change while it lasted. */
export type SubjectFacts = Pick<ContainerSnapshot, 'id' | 'name' | 'image' | 'labels' | 'runtime' | 'cgroup' | 'limits'>;

/** Samples of one subject, one after the other, on their way to the disk. */
export interface Segment {
  facts: SubjectFacts;
  /** Milliseconds since the epoch, a row each. */
  times: Float64Array;
  /** Names of figures: signals as they are called, the rest with an @. */
  names: string[];
  /** All rows of the first figure, then of the second …; NaN: none. */
  values: Float64Array;
  /** By figure: 1 where all rows have the same value, which then need not be looked at. Absent: not known. */
  constant?: Uint8Array;
}

/** Whether two subjects are alike in all that a segment keeps once. */
export function sameFacts(one: SubjectFacts, other: SubjectFacts): boolean {
  return (
    one.name === other.name &&
    one.image === other.image &&
    one.cgroup === other.cgroup &&
    sameEntries(one.limits, other.limits) &&
    sameEntries(one.labels, other.labels)
  );
}

/** Tells each figure of a container. */
export function eachFigure(
  { signals, memory, frozen, ending }: ContainerSnapshot,
  tell: (name: string, value: number) => void,
): void {
  for (const name in signals) tell(name, signals[name] ?? Number.NaN);
  for (const name in memory) tell(MEMORY_NAMES[name as keyof typeof memory], Number(memory[name as keyof typeof memory]));
  tell('@frozen', frozen ? 1 : 0);
  tell('@ending', ending ? 1 : 0);
}

/** Tells each figure of the node. */
export function eachNodeFigure(
  { signals, memTotalBytes, cpus, busyCores }: NodeSnapshot,
  tell: (name: string, value: number) => void,
): void {
  for (const name in signals) tell(name, signals[name] ?? Number.NaN);
  tell('@memTotalBytes', memTotalBytes);
  tell('@cpus', cpus);
  if (busyCores !== undefined) tell('@busyCores', busyCores);
}

/** The snapshots' parts back from their figures; NaN: it had none. */
export function containerOf(facts: SubjectFacts, figures: ReadonlyMap<string, number>): ContainerSnapshot {
  const memory: Record<string, number | boolean> = {};
  for (const [key, name] of Object.entries(MEMORY_NAMES)) {
    const value = figures.get(name);
    if (value !== undefined && !Number.isNaN(value)) memory[key] = key === 'oomGroup' ? value === 1 : value;
  }
  return {
    ...facts,
    frozen: figures.get('@frozen') === 1,
    ending: figures.get('@ending') === 1,
    signals: signalsOf(figures),
    memory: memory as ContainerSnapshot['memory'],
  };
}

export function nodeOf(figures: ReadonlyMap<string, number>): NodeSnapshot {
  const busyCores = figures.get('@busyCores');
  return {
    signals: signalsOf(figures),
    memTotalBytes: figures.get('@memTotalBytes') ?? 0,
    cpus: figures.get('@cpus') ?? 0,
    ...(busyCores === undefined || Number.isNaN(busyCores) ? {} : { busyCores }),
  };
}

const MEMORY_NAMES: Readonly<Record<keyof Required<ContainerSnapshot['memory']>, string>> = {
  currentBytes: '@memory.currentBytes',
  minBytes: '@memory.minBytes',
  lowBytes: '@memory.lowBytes',
  swapBytes: '@memory.swapBytes',
  unreclaimableBytes: '@memory.unreclaimableBytes',
  someTotalUsec: '@memory.someTotalUsec',
  pgscan: '@memory.pgscan',
  oomGroup: '@memory.oomGroup',
};

function signalsOf(figures: ReadonlyMap<string, number>): Snapshot['node']['signals'] {
  return Object.fromEntries([...figures].filter(([name, value]) => !name.startsWith('@') && !Number.isNaN(value)));
}

function sameEntries(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): boolean {
  if (one === other) return true;
  let left = 0;
  for (const key in one) {
    if (one[key] !== other[key]) return false;
    left += 1;
  }
  for (const _key in other) left -= 1;
  return left === 0;
}
