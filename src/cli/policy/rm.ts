import type { Context } from '#src/cli/command.js';
import type { PolicyOptions } from '#src/cli/commands/policy.js';
import { eachRef } from '#src/cli/each-ref.js';

/** `policy rm NAME...`: prints the names that are gone. */
export async function removePolicies(context: Context, names: readonly string[], _options: PolicyOptions): Promise<number> {
  const client = await context.client();
  return eachRef(context, names, (name) => client.removePolicy(name));
}
