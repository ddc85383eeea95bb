import { changeLimits } from '#agent/containers/change-limits.js';
import type { Governed } from '#agent/containers/governed.js';
import type { Condition } from '#agent/contract/container.js';
import type { ActContext, ActionOf, ActResult } from './executor.js';
import { heldByPerson, ruleSource, withLimits } from './rule-layers.js';

/**
 * `set` and `throttle`: limits of the rule's own layer, on record and in force until the rule's undo. What a person set is left alone;
 * where that is all, or this host has none of it, it is refused.
 */
export async function setLimits(
  { node, priorityOf }: ActContext,
  container: Governed,
  action: ActionOf<'set'> | ActionOf<'throttle'>,
): Promise<ActResult> {
  const source = ruleSource(action);
  return container.queue.run(async () => {
    const { rules = [] } = container.limits;
    const held = heldByPerson(container, Object.keys(action.limits));
    const wanted = Object.entries(action.limits).filter(([field]) => !held.includes(field));
    if (wanted.length === 0) return { result: 'refused', note: refusedFor(held) };
    const untilMs = action.kind === 'throttle' && action.forMs !== null ? node.clock.nowMs() + action.forMs : null;
    const limits = Object.fromEntries(wanted);
    await changeLimits(node, container, { rules: withLimits(rules, { source, limits, untilMs }, priorityOf) });
    const lacking = wanted.flatMap(([field]) => lackingOf(container.conditions, field));
    if (lacking.length < wanted.length) return { result: 'done', fields: wanted.map(([field]) => field) };
    // Nothing of it reached the kernel: it is not to be on record either.
    await changeLimits(node, container, { rules: [...rules] });
    return { result: 'refused', note: lacking.join(LACKING) };
  });
}

export const LACKING = '; ';

export function refusedFor(held: readonly string[]): string {
  return `a person set ${held.join(', ')} with tsgov limit`;
}

/** Why this host has not got a limit; none where it has. */
export function lackingOf(conditions: readonly Pick<Condition, 'type' | 'field' | 'message'>[], path: string): string[] {
  const found = conditions.find(({ type, field }) => type === 'LimitUnsupported' && field === path);
  return found === undefined ? [] : [found.message];
}
