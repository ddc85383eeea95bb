import type { PolicyChange, PolicyDiff } from '#agent/contract/policy.js';
import type { Context } from '#src/cli/command.js';
import type { PolicyOptions } from '#src/cli/commands/policy.js';
import { document } from '#src/cli/output/documents.js';
import { table } from '#src/cli/output/table.js';
import { checkFiles, issueLines } from './checked.js';

/** `policy diff FILE...`: what the files together would change on which container. Exits 0 whether or not anything would. */
export async function diffPolicies(context: Context, paths: readonly string[], options: PolicyOptions): Promise<number> {
  const client = await context.client();
  const { policies, issues } = await checkFiles(context, client, paths);
  if (issues.length > 0) {
    context.stderr.write(issueLines(issues));
    return 1;
  }
  const { containers } = await client.diffPolicies(policies.map(({ text }) => text).join('---\n'));
  const { format } = options;
  if (options.quiet) context.stdout.write(containers.map(({ name }) => `${name}\n`).join(''));
  else if (format === 'json' || format === 'yaml') context.stdout.write(await document(containers, format));
  else if (containers.length === 0) context.stdout.write('nothing would change\n');
  else context.stdout.write(diffTable(containers));
  return 0;
}

function diffTable(containers: PolicyDiff['containers']): string {
  const rows = containers.flatMap(({ name, changes }) =>
    changes.map((change) => [
      name,
      change.field,
      said(change.from, change.fromSource),
      said(change.to, change.toSource),
      noteOf(change),
    ]),
  );
  return table(['CONTAINER', 'LIMIT', 'NOW', 'THEN', ''], rows);
}

function said(value: PolicyChange['from'], source: string | null): string {
  return value === null ? '-' : `${value === '' ? '""' : String(value)}${source === null ? '' : ` (${source})`}`;
}

function noteOf({ observed }: PolicyChange): string {
  return observed ? 'only reported' : '';
}
