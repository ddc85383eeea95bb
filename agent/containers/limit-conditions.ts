import type { Condition } from '#agent/contract/container.js';

/** Conditions with what was just said of all limits in place of what was said of them before; what holds from the launch on stays. Pure. */
export function replaceLimitConditions(before: readonly Condition[], conditions: readonly Condition[]): Condition[] {
  return [...before.filter((each) => !isOfLimits(each)), ...conditions];
}

/** Device rules are written once, at the launch, and no later change of limits says anything of them. */
function isOfLimits({ type, field }: Condition): boolean {
  return type.startsWith('Limit') && field !== 'devices';
}
