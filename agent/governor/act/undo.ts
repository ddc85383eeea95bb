import { changeLimits } from '#agent/containers/change-limits.js';
import { effectiveLimits } from '#agent/containers/effective-limits.js';
import type { Governed } from '#agent/containers/governed.js';
import { limitEntries } from '#agent/containers/limit-fields.js';
import { type ActContext, type ActionOf, type ActResult, DONE } from './executor.js';
import { thawEarly } from './freeze.js';
import { pathsOf, ruleSource, withoutFields } from './rule-layers.js';

/** Takes back what the rule did: its freeze, or fields of its layer of limits, which are then what is said without it. */
export async function undo(context: ActContext, container: Governed, action: ActionOf<'undo'>): Promise<ActResult> {
  if (action.of === 'freeze') return thawEarly(context, container);
  const source = ruleSource(action);
  return container.queue.run(async () => {
    const { rules = [] } = container.limits;
    const known = pathsOf(rules.find((layer) => layer.source === source)?.limits ?? {});
    const fields = action.fields.filter((field) => known.includes(field));
    if (fields.length === 0) return { ...DONE, nothing: true };
    const left = withoutFields(rules, source, fields);
    const before = valuesOf(container, fields);
    // What was found of a container that is not ours is forgotten once nobody sets it any more.
    const after = valuesOf({ limits: { ...container.limits, rules: left } }, fields);
    await changeLimits(context.node, container, { rules: left });
    return { result: 'done', fields, before, after };
  });
}

/** Limits as they are wanted now, in words. */
export function valuesOf({ limits }: Pick<Governed, 'limits'>, fields: readonly string[]): string {
  const values = new Map(limitEntries(effectiveLimits({ limits }).limits).map(({ path, value }) => [path, value]));
  return fields.map((field) => `${fields.length === 1 ? '' : `${field} `}${values.get(field) ?? 'no limit'}`).join(', ');
}
