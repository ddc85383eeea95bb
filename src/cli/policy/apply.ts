import type { TsgovClient } from '#agent/client.js';
import type { PolicyIssue, PolicyView } from '#agent/contract/policy.js';
import type { Context } from '#src/cli/command.js';
import type { PolicyOptions } from '#src/cli/commands/policy.js';
import { describeFailure } from '#src/cli/failure.js';
import { conditionLines } from '#src/cli/output/conditions.js';
import { document } from '#src/cli/output/documents.js';
import { printable } from '#src/cli/output/printable.js';
import { type CheckedPolicy, checkFiles, issueLines, nameTaken } from './checked.js';

/**
 * `policy apply FILE...`: all that can be known of all files is checked before the first policy is put in force. Where one fails all the
 * same, those before it stay and are said; exits 1.
 */
export async function applyPolicies(context: Context, paths: readonly string[], options: PolicyOptions): Promise<number> {
  const client = await context.client();
  const { policies, issues } = await checkFiles(context, client, paths);
  issues.push(...(await namesOfFiles(client, policies)));
  if (issues.length > 0) {
    context.stderr.write(issueLines(issues));
    return 1;
  }
  const views: PolicyView[] = [];
  let failure: string | undefined;
  for (const { name, text } of policies) {
    try {
      views.push(await client.putPolicy(name, text));
    } catch (error) {
      if (views.length === 0) throw error;
      const left = policies.slice(views.length).map((policy) => policy.name);
      failure = `${describeFailure(error)}  in force: ${listed(views)}; not put in force: ${left.map(printable).join(', ')}\n`;
      break;
    }
  }
  const { format } = options;
  if (format === 'json' || format === 'yaml') context.stdout.write(await document(views, format));
  else context.stdout.write(views.map((view) => (options.quiet ? `${view.name}\n` : applied(view))).join(''));
  for (const { name, conditions } of views) context.stderr.write(conditionLines(name, conditions));
  if (failure !== undefined) context.stderr.write(failure);
  return failure === undefined ? 0 : 1;
}

/** Policies whose names belong to a file of policies.d: the agent takes them only from there. */
async function namesOfFiles(client: TsgovClient, policies: readonly CheckedPolicy[]): Promise<PolicyIssue[]> {
  const { policies: known } = await client.policies();
  const files = new Map(known.filter(({ source }) => source !== 'api').map(({ name, source }) => [name, source]));
  return policies.flatMap((policy) => {
    const owner = files.get(policy.name);
    return owner === undefined ? [] : nameTaken(policy, `the policy ${policy.name} is that of ${owner}: change that file`);
  });
}

function listed(views: readonly PolicyView[]): string {
  return views.map(({ name }) => printable(name)).join(', ');
}

function applied({ name, enforce, containers }: PolicyView): string {
  const whom = containers.length === 0 ? 'no container yet' : containers.map(printable).join(', ');
  return `${name}: ${VERBS[enforce]} ${whom}\n`;
}

const VERBS = { enforce: 'in force, matches', observe: 'observes', off: 'off, matches' } as const;
