import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import type { TsgovClient } from '#agent/client.js';
import type { CreateBody, Created } from '#agent/contract/create.js';
import type { Context } from '#src/cli/command.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { printable } from '#src/cli/output/printable.js';
import { type CreateFlags, createBody } from './to-body.js';

/**
 * Creates the container that flags and words ask for; warnings go to stderr, the id to --cidfile, which must not exist before and
 * does not afterwards when nothing was created.
 */
export async function createContainer(
  context: Context,
  flags: CreateFlags & { readonly 'no-agent-start': boolean | undefined },
  args: readonly string[],
): Promise<{ client: TsgovClient; body: CreateBody; created: Created }> {
  const readFile = (path: string) => readFileSync(path, 'utf8');
  const body = createBody(flags, args, { env: context.env, cwd: context.cwd, readFile });
  const client = await (flags['no-agent-start'] ? context.client() : context.clientStartingAgent());
  const cidfile = flags.cidfile === undefined ? undefined : openCidfile(flags.cidfile);
  try {
    const created = await client.create(body);
    cidfile?.keep(created.id);
    for (const warning of created.warnings ?? []) context.stderr.write(`tsgov: ${printable(warning)}\n`);
    return { client, body, created };
  } catch (error) {
    cidfile?.drop();
    throw error;
  }
}

function openCidfile(path: string): { keep(id: string): void; drop(): void } {
  let fd: number;
  try {
    fd = openSync(path, 'wx', 0o644);
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new UsageError(
      exists ? `--cidfile ${path} exists: another container's id may be in it` : `--cidfile: ${(error as Error).message}`,
      {
        ...(exists ? { hint: 'remove the file or name another' } : {}),
        cause: error,
      },
    );
  }
  return {
    keep: (id) => {
      writeSync(fd, id);
      closeSync(fd);
    },
    drop: () => {
      closeSync(fd);
      unlinkSync(path);
    },
  };
}
