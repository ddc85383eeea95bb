import type { Context } from '#src/cli/command.js';
import type { PolicyOptions } from '#src/cli/commands/policy.js';
import { document } from '#src/cli/output/documents.js';
import { table } from '#src/cli/output/table.js';
import { issueLines } from './checked.js';

/** `policy ls`: a table of policies; files that are refused are told on stderr (in a format: part of the document). */
export async function listPolicies(context: Context, _args: readonly string[], options: PolicyOptions): Promise<number> {
  const list = await (await context.client()).policies();
  const { format, quiet } = options;
  if (quiet) context.stdout.write(list.policies.map(({ name }) => `${name}\n`).join(''));
  else if (format === 'json' || format === 'yaml') context.stdout.write(await document(list, format));
  else
    context.stdout.write(
      table(
        ['NAME', 'PRIORITY', 'ENFORCE', 'CONTAINERS', 'NEXT EDGE', 'SOURCE'],
        list.policies.map(({ name, priority, enforce, containers, nextEdge, source }) => [
          name,
          String(priority),
          enforce,
          String(containers.length),
          nextEdge === undefined ? '-' : `${nextEdge.at.replace(/\.000Z$/, 'Z')} ${nextEdge.opens ? 'begins' : 'ends'}`,
          source,
        ]),
      ),
    );
  if (format !== 'json' && format !== 'yaml')
    for (const { file, lastGood, issues } of list.refused) {
      const instead = lastGood ? 'what it said before stays in force' : 'nothing of it is in force';
      context.stderr.write(`tsgov: ${file} is refused, ${instead}:\n${issueLines(issues)}`);
    }
  return 0;
}
