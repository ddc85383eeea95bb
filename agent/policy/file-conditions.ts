import type { Condition } from '#agent/contract/container.js';
import type { RefusedFile } from '#agent/contract/policy.js';
import { issueText } from '#agent/contract/policy-issue.js';

/** What an operator should know of files of policies that are refused, one condition each. Pure. */
export function fileConditions(refused: readonly RefusedFile[]): Condition[] {
  return refused.map(({ lastGood, issues: [first, ...others], file }) => {
    const stands = lastGood ? 'what it said before stays in force' : 'nothing of it is in force';
    const fault = first === undefined ? file : issueText(first);
    return {
      type: 'PolicyFileRefused',
      reason: lastGood ? 'LastGoodInForce' : 'NotInForce',
      message: `${stands}: ${fault}${others.length === 0 ? '' : ` (and ${others.length} more)`}`,
    };
  });
}
