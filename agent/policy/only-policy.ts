import { AgentError } from '#agent/contract/errors.js';
import type { PolicyIssue } from '#agent/contract/policy.js';
import { issueText } from '#agent/contract/policy-issue.js';
import type { ParsedPolicy } from './parse.js';

/** The policy of a text that is to hold just this one. Throws POLICY_INVALID with the field at fault. */
export function onlyPolicy(
  name: string,
  { policies, issues }: { policies: readonly ParsedPolicy[]; issues: readonly PolicyIssue[] },
): ParsedPolicy {
  if (issues.length > 0)
    throw new AgentError('POLICY_INVALID', issues.map(issueText).join('\n'), { field: issues[0]?.field || 'body' });
  const [policy] = policies;
  if (policy === undefined || policies.length > 1)
    throw new AgentError('POLICY_INVALID', `one policy at a time, not ${policies.length}`, { field: 'body' });
  if (policy.name !== name)
    throw new AgentError('POLICY_INVALID', `metadata.name is ${policy.name}, but the request is for ${name}`, {
      field: 'metadata.name',
    });
  return policy;
}
