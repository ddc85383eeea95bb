import type { Governed } from '#agent/containers/governed.js';
import { limitEntries, limitsFromEntries } from '#agent/containers/limit-fields.js';
import type { LimitLayer } from '#agent/containers/limits-merge.js';
import type { LimitValue, LimitValues } from '#agent/contract/decision.js';
import type { LeftByRule } from '#agent/governor/decide/decide.js';
import type { Limits } from '#runtime/cgroup/limits.js';

const PREFIX = 'rule/';

/** The name under which a rule is a source of limits, and the actor of the journal. */
export function ruleSource({ policy, rule }: { policy: string; rule: string }): string {
  return `${PREFIX}${policy}/${rule}`;
}

/** The policy and rule of a source; undefined: it is no rule's. */
export function ruleOf(source: string): { policy: string; rule: string } | undefined {
  if (!source.startsWith(PREFIX)) return undefined;
  const [policy = '', ...rule] = source.slice(PREFIX.length).split('/');
  return { policy, rule: rule.join('/') };
}

export interface RuleLimits {
  source: string;
  limits: LimitValues;
  /** When they go back at the latest, in milliseconds since the epoch; null: they have no end. */
  untilMs: number | null;
}

/** A container's layers of rules with these limits added to one rule's. Weakest first, by their policies' priorities. Pure. */
export function withLimits(
  layers: readonly LimitLayer[],
  { source, limits, untilMs }: RuleLimits,
  priorityOf: (policy: string) => number,
): LimitLayer[] {
  const known = layers.find((layer) => layer.source === source);
  const values = new Map(limitEntries(known?.limits ?? {}).map(({ path, value }) => [path, value]));
  const until = new Map(Object.entries(known?.untilMs ?? {}));
  for (const [path, value] of Object.entries(limits)) {
    values.set(path, value);
    if (untilMs === null) until.delete(path);
    else until.set(path, untilMs);
  }
  const others = layers.filter((layer) => layer.source !== source);
  return inOrder([...others, layerOf(source, values, until)], priorityOf);
}

/** The layers without these fields of one rule's; a rule that sets nothing has none. Pure. */
export function withoutFields(layers: readonly LimitLayer[], source: string, fields: readonly string[]): LimitLayer[] {
  return layers.flatMap((layer) => {
    if (layer.source !== source) return [layer];
    const left = limitEntries(layer.limits).filter(({ path }) => !fields.includes(path));
    const until = Object.entries(layer.untilMs ?? {}).filter(([path]) => !fields.includes(path));
    return left.length === 0 ? [] : [layerOf(source, new Map(left.map(({ path, value }) => [path, value])), new Map(until))];
  });
}

function layerOf(source: string, values: ReadonlyMap<string, LimitValue>, until: ReadonlyMap<string, number>): LimitLayer {
  const limits = limitsFromEntries(values, new Map());
  return { source, limits, ...(until.size === 0 ? {} : { untilMs: Object.fromEntries(until) }) };
}

/** Limits in the runtime's words; disks are no rule's. Pure. */
export function limitsOfValues(values: LimitValues): Limits {
  return limitsFromEntries(Object.entries(values), new Map());
}

/** What rules hold of a container, by rule and by end. Pure. */
export function heldByRules(
  { id, name, limits: { rules = [] } }: Pick<Governed, 'id' | 'name' | 'limits'>,
  now: { atMs: number; monotonicMs: number },
): LeftByRule[] {
  return rules.flatMap(({ source, limits, untilMs = {} }): LeftByRule[] => {
    const from = ruleOf(source);
    if (from === undefined) return [];
    const base = { ...from, container: id, name };
    const ends = [...new Set(Object.values(untilMs))];
    const timed = ends.map((end) => ({
      ...base,
      fields: pathsOf(limits).filter((path) => untilMs[path] === end),
      atMs: now.monotonicMs + (end - now.atMs),
    }));
    const rest = pathsOf(limits).filter((path) => untilMs[path] === undefined);
    return rest.length === 0 ? timed : [...timed, { ...base, fields: rest, atMs: null }];
  });
}

/** Of equal priority the policy that sorts first wins, as with policies' own limits. */
function inOrder(layers: LimitLayer[], priorityOf: (policy: string) => number): LimitLayer[] {
  const priority = ({ source }: LimitLayer): number => priorityOf(ruleOf(source)?.policy ?? '');
  return layers.sort((a, b) => priority(a) - priority(b) || (a.source < b.source ? 1 : -1));
}

/** Fields that a person set with `limit`, which no rule overrules. */
export function heldByPerson({ limits }: Pick<Governed, 'limits'>, fields: readonly string[]): string[] {
  const override = new Set(pathsOf(limits.override));
  return fields.filter((field) => override.has(field));
}

export function pathsOf(limits: Limits): string[] {
  return limitEntries(limits).map(({ path }) => path);
}
