import type { TsgovClient } from '#agent/client.js';
import type { PolicyIssue } from '#agent/contract/policy.js';
import { issueText } from '#agent/contract/policy-issue.js';
import type { Context } from '#src/cli/command.js';
import { printable } from '#src/cli/output/printable.js';
import { readPolicyFile } from './read-file.js';

export interface CheckedPolicy {
  name: string;
  /** The document as it was written. */
  text: string;
  file: string;
  /** Where its name stands. */
  line: number;
  column: number;
}

/** The policies of files, or all that is wrong with them. */
export async function checkFiles(
  context: Context,
  client: TsgovClient,
  paths: readonly string[],
): Promise<{ policies: CheckedPolicy[]; issues: PolicyIssue[] }> {
  const policies: CheckedPolicy[] = [];
  const issues: PolicyIssue[] = [];
  for (const path of paths) {
    const { file, text, issues: unfit } = readPolicyFile(path, context.cwd);
    const answer = unfit.length > 0 ? { policies: [], issues: unfit } : await client.validatePolicies(text, file);
    issues.push(...answer.issues);
    for (const policy of answer.policies) {
      const found = { ...policy, file };
      const twin = policies.find(({ name }) => name === policy.name);
      if (twin !== undefined) issues.push(nameTaken(found, `the policy ${policy.name} is in ${twin.file} too`));
      policies.push(found);
    }
  }
  return { policies, issues };
}

/** A policy's name that somebody else has. */
export function nameTaken({ file, line, column }: CheckedPolicy, reason: string): PolicyIssue {
  return { file, line, column, field: 'metadata.name', reason, valid: 'a name of its own' };
}

/** One line an issue, as compilers print them. */
export function issueLines(issues: readonly PolicyIssue[]): string {
  return issues.map((issue) => `${printable(issueText(issue))}\n`).join('');
}
