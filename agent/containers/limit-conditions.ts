import type { Condition } from '#agent/contract/container.js';
import type { ContainerRecord } from '#agent/store/container-record.js';

/** Takes what was just said of all limits in place of what was said of them before; what holds from the launch on stays. */
export function replaceLimitConditions(record: ContainerRecord, conditions: readonly Condition[]): void {
  record.conditions = [...record.conditions.filter((each) => !isOfLimits(each)), ...conditions];
}

/** Device rules are written once, at the launch, and no later change of limits says anything of them. */
function isOfLimits({ type, field }: Condition): boolean {
  return type.startsWith('Limit') && field !== 'devices';
}
