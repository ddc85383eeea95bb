import type { Context } from '#src/cli/command.js';
import type { PolicyOptions } from '#src/cli/commands/policy.js';
import { document } from '#src/cli/output/documents.js';

/** `policy get NAME...`: the documents as they were written, ready to be applied again; `--format json` all that is known. */
export async function getPolicies(context: Context, names: readonly string[], options: PolicyOptions): Promise<number> {
  const client = await context.client();
  const views = await Promise.all(names.map((name) => client.policy(name)));
  if (options.quiet) context.stdout.write(views.map(({ name }) => `${name}\n`).join(''));
  else if (options.format === 'json') context.stdout.write(await document(views, 'json'));
  else {
    context.stdout.write(views.map(({ text }) => text).join('---\n'));
    for (const { name, nextEdge } of views)
      if (nextEdge !== undefined)
        context.stderr.write(
          `tsgov: ${name}: a window ${nextEdge.opens ? 'begins' : 'ends'} at ${nextEdge.at} (${nextEdge.cron})\n`,
        );
  }
  return 0;
}
