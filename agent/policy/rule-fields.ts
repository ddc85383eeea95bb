import { isMap, type Node } from 'yaml';
import type { RuleKind } from '#agent/contract/rule.js';
import type { Checker } from './check-node.js';

/** Which fields a rule of each kind has, besides `name` and `kind`; the first so many it must have. */
const FIELDS: Readonly<Record<RuleKind, { fields: readonly string[]; required: number }>> = {
  when: { fields: ['when', 'do', 'cooldown', 'victims'], required: 2 },
  oomd: { fields: ['pressure', 'of', 'for', 'swapFree', 'do', 'cooldown', 'victims'], required: 0 },
  thrash: { fields: ['events', 'refaults', 'for', 'do', 'cooldown'], required: 0 },
  senpai: { fields: ['target', 'interval', 'floor'], required: 0 },
};

const VALID_OF: Readonly<Record<string, string>> = {
  when: 'a signal with `above` or `below` and perhaps `for`; or `all` or `any` of a list of conditions',
  do: 'a list of steps, such as [{notify: {}}, {freeze: {for: 30s}}]',
};

/** A rule has the fields of its kind, and no other. */
export function ruleFields(value: Record<string, unknown>, node: Node, field: string, checker: Checker): void {
  const kind = (value.kind ?? 'when') as RuleKind;
  const { fields, required } = FIELDS[kind] ?? FIELDS.when;
  for (const name of fields.slice(0, required))
    if (!Object.hasOwn(value, name))
      checker.fault(node, `${field}.${name}`, { reason: 'it is missing', valid: VALID_OF[name] ?? '' });
  for (const name of Object.keys(value))
    if (name !== 'name' && name !== 'kind' && !fields.includes(name))
      checker.fault(isMap(node) ? ((node.get(name, true) as Node | undefined) ?? node) : node, `${field}.${name}`, {
        reason: `a rule of kind ${kind} has no ${name}`,
        valid: `name, kind, ${fields.join(', ')}`,
      });
}
