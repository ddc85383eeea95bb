import type { Limits } from '#runtime/cgroup/limits.js';
import { diskNames, limitEntries, limitsFromEntries, unlimitedValue } from './limit-fields.js';

/** One source of limits: `run`, `policy/NAME` or `override`. */
export interface LimitLayer {
  source: string;
  limits: Limits;
  /** Of a rule: when fields that have an end go back, in milliseconds since the epoch, by path. */
  untilMs?: Readonly<Record<string, number>>;
}

export interface MergedLimits {
  limits: Limits;
  /** Path of each limit that is set → its source. */
  sources: Record<string, string>;
}

/** Two ways to say one thing: a layer that says one drops what a lower one said by the other. */
const TWINS: Readonly<Record<string, string>> = {
  'cpu.weight': 'cpu.shares',
  'cpu.shares': 'cpu.weight',
  'io.weight': 'io.blkioWeight',
  'io.blkioWeight': 'io.weight',
};

/** The limits in force when several sources set some: field by field the last layer wins. Pure. */
export function mergeLimits(layers: readonly LimitLayer[]): MergedLimits {
  const values = new Map<string, string | number | boolean>();
  const sources = new Map<string, string>();
  for (const { source, limits } of layers) {
    const entries = limitEntries(limits);
    for (const { path } of entries) {
      const twin = TWINS[path];
      if (twin === undefined) continue;
      values.delete(twin);
      sources.delete(twin);
    }
    for (const { path, value } of entries) {
      values.set(path, value);
      sources.set(path, source);
    }
  }
  return {
    limits: limitsFromEntries(values, diskNames(layers.map(({ limits }) => limits))),
    sources: Object.fromEntries(sources),
  };
}

/** Every limit that one of these layers sets. Pure. */
export function pathsOf(layers: readonly LimitLayer[]): string[] {
  return [...new Set(layers.flatMap(({ limits }) => limitEntries(limits).map(({ path }) => path)))];
}

/** What to write so that limits `before` become `after`: what is dropped goes back to what the kernel starts with. Pure. */
export function limitsChange(before: Limits, after: Limits): Limits {
  const next = new Map(limitEntries(after).map(({ path, value }) => [path, value]));
  for (const { path } of limitEntries(before)) {
    const twin = TWINS[path];
    if (!next.has(path) && (twin === undefined || !next.has(twin))) next.set(path, unlimitedValue(path));
  }
  return limitsFromEntries(next, diskNames([before, after]));
}
