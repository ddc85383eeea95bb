import { changeLimits } from '#agent/containers/change-limits.js';
import type { Governed } from '#agent/containers/governed.js';
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
    if (wanted.length === 0) return { result: 'refused', note: `a person set ${held.join(', ')} with tsgov limit` };
    const untilMs = action.kind === 'throttle' && action.forMs !== null ? node.clock.nowMs() + action.forMs : null;
    const limits = Object.fromEntries(wanted);
    await changeLimits(node, container, { rules: withLimits(rules, { source, limits, untilMs }, priorityOf) });
    const lacking = wanted.flatMap(([field]) => unsupported(container, field));
    if (lacking.length < wanted.length) return { result: 'done', fields: wanted.map(([field]) => field) };
    // Nothing of it reached the kernel: it is not to be on record either.
    await changeLimits(node, container, { rules: [...rules] });
    return { result: 'refused', note: lacking.join('; ') };
  });
}

function unsupported({ conditions }: Governed, path: string): string[] {
  const found = conditions.find(({ type, field }) => type === 'LimitUnsupported' && field === path);
  return found === undefined ? [] : [found.message];
}
