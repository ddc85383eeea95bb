import type { PolicyView } from '#agent/contract/policy.js';
import type { Context } from '#src/cli/command.js';
import type { PolicyOptions } from '#src/cli/commands/policy.js';
import { conditionLines } from '#src/cli/output/conditions.js';
import { document } from '#src/cli/output/documents.js';
import { printable } from '#src/cli/output/printable.js';
import { checkFiles, issueLines } from './checked.js';

/** `policy apply FILE...`: all files are checked before the first policy is put in force. */
export async function applyPolicies(context: Context, paths: readonly string[], options: PolicyOptions): Promise<number> {
  const client = await context.client();
  const { policies, issues } = await checkFiles(context, client, paths);
  if (issues.length > 0) {
    context.stderr.write(issueLines(issues));
    return 1;
  }
  const views: PolicyView[] = [];
  for (const { name, text } of policies) views.push(await client.putPolicy(name, text));
  const { format } = options;
  if (format === 'json' || format === 'yaml') context.stdout.write(await document(views, format));
  else context.stdout.write(views.map((view) => (options.quiet ? `${view.name}\n` : applied(view))).join(''));
  for (const { name, conditions } of views) context.stderr.write(conditionLines(name, conditions));
  return 0;
}

function applied({ name, enforce, containers }: PolicyView): string {
  const whom = containers.length === 0 ? 'no container yet' : containers.map(printable).join(', ');
  return `${name}: ${VERBS[enforce]} ${whom}\n`;
}

const VERBS = { enforce: 'in force, matches', observe: 'observes', off: 'off, matches' } as const;
