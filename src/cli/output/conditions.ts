import type { Condition } from '#agent/contract/container.js';
import { printable } from './printable.js';

/** One line a condition: what is asked but not carried, why, and what would carry it. Empty without conditions. */
export function conditionLines(name: string, conditions: readonly Condition[]): string {
  return conditions.map((each) => `tsgov: ${name}: ${printable(conditionText(each))}\n`).join('');
}

function conditionText({ type, field, reason, message }: Condition): string {
  const subject = field ?? type;
  return `${message.includes(subject) ? '' : `${subject}: `}${message} (${reason})`;
}
