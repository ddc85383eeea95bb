import type { Context } from '#src/cli/command.js';
import type { PolicyOptions } from '#src/cli/commands/policy.js';
import { document } from '#src/cli/output/documents.js';
import { checkFiles, issueLines } from './checked.js';

/** `policy validate FILE...`: issues to stderr (in a format: to stdout); 1 when there are any. */
export async function validatePolicies(context: Context, paths: readonly string[], options: PolicyOptions): Promise<number> {
  const { policies, issues } = await checkFiles(context, await context.client(), paths);
  const names = policies.map(({ name }) => name);
  const { format } = options;
  if (format === 'json' || format === 'yaml')
    context.stdout.write(await document({ valid: issues.length === 0, policies: names, issues }, format));
  else {
    context.stderr.write(issueLines(issues));
    if (issues.length === 0)
      context.stdout.write(names.map((name) => (options.quiet ? `${name}\n` : `${name} is valid\n`)).join(''));
  }
  return issues.length === 0 ? 0 : 1;
}
