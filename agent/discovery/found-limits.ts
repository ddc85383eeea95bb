import { type DiskNames, diskNames, limitEntries, limitsFromEntries, unlimitedValue } from '#agent/containers/limit-fields.js';
import type { LimitLayer } from '#agent/containers/limits-merge.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { bfqWeightFromIo, ioWeightFromBfq, sharesFromWeight, weightFromShares } from '#runtime/cgroup/weights.js';

type Value = string | number | boolean;

/** What setting one limit changes besides: v1 keeps memory and swap as one sum, leaving idle resets the weight, a quota is of its period. */
const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  'memory.max': ['memory.swap'],
  'cpu.idle': ['cpu.shares', 'cpu.weight'],
};
/** Two ways to say one thing; the exact one, where the kernel has it, first. */
const EXACT: Readonly<Record<string, readonly string[]>> = {
  'cpu.weight': ['cpu.shares', 'cpu.weight'],
  'cpu.shares': ['cpu.shares', 'cpu.weight'],
  'io.weight': ['io.blkioWeight', 'io.weight'],
  'io.blkioWeight': ['io.blkioWeight', 'io.weight'],
};

/** What the other word says, in this one. */
const IN_WORDS: Readonly<Record<string, (twin: number) => number>> = {
  'cpu.weight': weightFromShares,
  'cpu.shares': sharesFromWeight,
  'io.weight': ioWeightFromBfq,
  'io.blkioWeight': bfqWeightFromIo,
};

/**
 * What to remember of `read` before the limits at `paths` are set for the first time, added to what is remembered already. What the
 * kernel has no file for is not remembered; a disk or page size that it lists no limit of has none. Pure.
 */
export function addFound(found: Limits, paths: readonly string[], read: Limits): Limits {
  const values = new Map<string, Value>(limitEntries(found).map(({ path, value }) => [path, value]));
  const now = new Map<string, Value>(limitEntries(read).map(({ path, value }) => [path, value]));
  for (const path of paths.flatMap((each) => [each, ...(COMPANIONS[each] ?? [])])) {
    const exact = EXACT[path] ?? [path];
    if (exact.some((each) => values.has(each))) continue;
    const there = exact.find((each) => now.has(each));
    if (there !== undefined) values.set(there, now.get(there)!);
    else if (hasNoLine(path)) values.set(path, unlimitedValue(path));
  }
  return limitsFromEntries(values, namesOf(found, read));
}

/**
 * What stands where the limits at `paths` are not set, each in the words it is set in: as remembered, or else as `read` says. For whoever is told of a
 * change; what is put back is what `addFound` remembers. Pure.
 */
export function foundInWords(found: Limits, paths: readonly string[], read: Limits): Limits {
  const values = new Map<string, Value>(limitEntries(found).map(({ path, value }) => [path, value]));
  const now = new Map<string, Value>(limitEntries(read).map(({ path, value }) => [path, value]));
  for (const path of paths.filter((each) => !values.has(each))) {
    const twin = EXACT[path]?.find((each) => values.has(each));
    const value = twin === undefined ? now.get(path) : IN_WORDS[path]?.(values.get(twin) as number);
    if (twin !== undefined && value !== undefined) values.delete(twin);
    if (value !== undefined) values.set(path, value);
    else if (twin === undefined && hasNoLine(path)) values.set(path, unlimitedValue(path));
  }
  return limitsFromEntries(values, namesOf(found, read));
}

/** Whether what stood before the limit at `path` was set is remembered. Pure. */
export function isFound(found: Limits, path: string): boolean {
  const exact = EXACT[path] ?? [path];
  return limitEntries(found).some((entry) => exact.includes(entry.path));
}

/** What of it must still be remembered while these layers hold. Pure. */
export function stillFound(found: Limits, layers: readonly LimitLayer[]): Limits {
  const kept = setBy(layers);
  const entries = limitEntries(found).filter(({ path }) => kept.has(path));
  return limitsFromEntries(
    entries.map(({ path, value }) => [path, value] as const),
    namesOf(found),
  );
}

/** Whether one of these layers sets the limit, or another that changes it. Pure. */
export function isStillSet(path: string, layers: readonly LimitLayer[]): boolean {
  return setBy(layers).has(path);
}

function setBy(layers: readonly LimitLayer[]): ReadonlySet<string> {
  const set = layers.flatMap(({ limits }) => limitEntries(limits).map(({ path }) => path));
  return new Set(set.flatMap((path) => [path, ...(COMPANIONS[path] ?? [])]).flatMap((path) => EXACT[path] ?? [path]));
}

/** What is remembered, with what of it its owner has written since we did (`inForce`), and which limits these are. Pure. */
export function foundSince(
  found: Limits,
  inForce: ReadonlyMap<string, Value>,
  read: Limits,
): { run: Limits; written: readonly string[] } {
  const now = new Map<string, Value>(limitEntries(read).map(({ path, value }) => [path, value]));
  const remembered = limitEntries(found);
  const written = remembered.filter(({ path }) => inForce.has(path) && now.has(path) && now.get(path) !== inForce.get(path));
  if (written.length === 0) return { run: found, written: [] };
  const values = new Map<string, Value>(remembered.map(({ path, value }) => [path, value]));
  for (const { path } of written) values.set(path, now.get(path)!);
  return { run: limitsFromEntries(values, namesOf(found)), written: written.map(({ path }) => path) };
}

/** A disk or page size that the kernel lists no limit of has none. */
function hasNoLine(path: string): boolean {
  return path.startsWith('io.devices[') || path.startsWith('hugetlb.');
}

function namesOf(...limits: Limits[]): DiskNames {
  return diskNames(limits);
}
