import { isMap, type Node } from 'yaml';
import { parseRelative, SETTABLE } from './actions.js';
import type { Checker } from './check-node.js';
import { show, suggest } from './forms.js';
import { ruleFields } from './rule-fields.js';
import { parseBound, SIGNALS } from './signals.js';

/** Checks a value of `set` as the limit it is; answers what is wrong. */
export type CheckLimit = (path: string, value: unknown) => { reason: string; valid: string } | undefined;

/** The whole-object checks that `rule` names in the policy's schema. */
export function ruleChecks(checkLimit: CheckLimit): Checker['rules'] {
  return { rule: ruleFields, condition, set: (value, node, field, checker) => settings(value, node, field, checker, checkLimit) };
}

/** `{signal, above | below, for}`, or `{all}`, or `{any}`. */
function condition(value: Record<string, unknown>, node: Node, field: string, checker: Checker): void {
  const kinds = ['signal', 'all', 'any'].filter((kind) => Object.hasOwn(value, kind));
  if (kinds.length !== 1) {
    checker.fault(node, field, {
      reason: kinds.length === 0 ? 'this condition has no signal' : `${kinds.join(' and ')} in one condition`,
      valid: 'exactly one of signal, all, any',
    });
    return;
  }
  if (kinds[0] !== 'signal') {
    const extra = ['above', 'below', 'until', 'for'].filter((name) => Object.hasOwn(value, name));
    if (extra.length > 0)
      checker.fault(node, field, {
        reason: `${extra.join(', ')} with ${kinds[0]}`,
        valid: 'these stand in the conditions of the list',
      });
    return;
  }
  const bounds = (['above', 'below'] as const).filter((name) => Object.hasOwn(value, name));
  if (bounds.length !== 1) {
    checker.fault(node, field, {
      reason: bounds.length === 0 ? 'this condition has no bound' : 'above and below in one condition',
      valid: 'exactly one of above, below (for both, use all)',
    });
    return;
  }
  const signal = Object.hasOwn(SIGNALS, String(value.signal)) ? SIGNALS[String(value.signal)] : undefined;
  const bound = value[bounds[0]!];
  if (signal === undefined || bound === undefined) return;
  const boundOf = (name: string): number | undefined => {
    const given = value[name] as number | string;
    const parsed = parseBound(signal.unit, given);
    if ('value' in parsed) return parsed.value;
    checker.fault(childOf(node, name), `${field}.${name}`, {
      reason: `${show(given)} is no bound of ${String(value.signal)}`,
      valid: parsed.valid,
    });
    return undefined;
  };
  const from = boundOf(bounds[0]!);
  const until = value.until === undefined ? undefined : boundOf('until');
  if (from === undefined || until === undefined || (bounds[0] === 'above' ? until <= from : until >= from)) return;
  checker.fault(childOf(node, 'until'), `${field}.until`, {
    reason: `${show(value.until)} is beyond ${bounds[0]} ${show(bound)}: it would never hold`,
    valid: bounds[0] === 'above' ? 'what `above` says, or less' : 'what `below` says, or more',
  });
}

function settings(value: Record<string, unknown>, node: Node, field: string, checker: Checker, checkLimit: CheckLimit): void {
  for (const [path, setting] of Object.entries(value)) {
    const at = childOf(node, path);
    if (!(SETTABLE as readonly string[]).includes(path)) {
      checker.fault(at, `${field}.${path}`, { reason: `${show(path)} cannot be set`, valid: suggest(path, SETTABLE) });
      continue;
    }
    if (setting === undefined || parseRelative(setting as number | string) !== undefined) continue;
    const fault = checkLimit(path, setting);
    if (fault !== undefined)
      checker.fault(at, `${field}.${path}`, { reason: fault.reason, valid: `${fault.valid}, or a share such as -10% or +10%` });
  }
}

function childOf(node: Node, key: string): Node {
  const child = isMap(node) ? node.get(key, true) : undefined;
  return (child ?? node) as Node;
}
