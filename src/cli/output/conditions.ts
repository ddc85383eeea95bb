import type { Condition } from '#agent/contract/container.js';
import { printable } from './printable.js';

/** One line a condition: what is asked but not carried, why, and what would carry it. Empty without conditions. */
export function conditionLines(name: string, conditions: readonly Condition[]): string {
  return conditions
    .map(({ type, field, reason, message }) => `tsgov: ${name}: ${printable(`${field ?? type}: ${message} (${reason})`)}\n`)
    .join('');
}
