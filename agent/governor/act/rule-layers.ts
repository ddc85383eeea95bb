import type { Governed } from '#agent/containers/governed.js';
import { limitEntries, limitsFromEntries } from '#agent/containers/limit-fields.js';
import type { LimitLayer } from '#agent/containers/limits-merge.js';
import type { LimitValues } from '#agent/contract/decision.js';
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

/** A container's layers of rules with these limits added to one rule's. Weakest first, by their policies' priorities. Pure. */
export function withLimits(
  layers: readonly LimitLayer[],
  source: string,
  limits: LimitValues,
  priorityOf: (policy: string) => number,
): LimitLayer[] {
  const known = layers.find((layer) => layer.source === source)?.limits ?? {};
  const values = new Map(limitEntries(known).map(({ path, value }) => [path, value]));
  for (const [path, value] of Object.entries(limits)) values.set(path, value);
  const others = layers.filter((layer) => layer.source !== source);
  return inOrder([...others, { source, limits: limitsFromEntries(values, new Map()) }], priorityOf);
}

/** The layers without these fields of one rule's; a rule that sets nothing has none. Pure. */
export function withoutFields(layers: readonly LimitLayer[], source: string, fields: readonly string[]): LimitLayer[] {
  return layers.flatMap((layer) => {
    if (layer.source !== source) return [layer];
    const left = limitEntries(layer.limits).filter(({ path }) => !fields.includes(path));
    const limits = limitsFromEntries(
      left.map(({ path, value }) => [path, value] as const),
      new Map(),
    );
    return left.length === 0 ? [] : [{ ...layer, limits }];
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
