import { readFileSync } from 'node:fs';
import { defineCommand } from '#src/cli/command.js';
import { environment } from '#src/cli/create/key-values.js';
import { defined } from '#src/cli/defined.js';
import type { FlagTable } from '#src/cli/flags/flag.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from '#src/cli/session/detach-keys.js';
import { checkTerminal, exitOf, sizeFor, streamToUs } from '#src/cli/session/foreground.js';

const FLAGS = {
  detach: { type: 'boolean', short: 'd', help: 'Run it in the background' },
  'detach-keys': { type: 'string', value: 'string', help: 'Keys that detach from it', default: DEFAULT_DETACH_KEYS },
  env: { type: 'list', short: 'e', value: 'list', help: 'Set environment variables: KEY=VALUE, or KEY from your own' },
  'env-file': { type: 'list', value: 'list', help: 'Read environment variables from a file' },
  interactive: { type: 'boolean', short: 'i', help: 'Keep stdin open' },
  privileged: { type: 'boolean', help: 'Give it all capabilities' },
  tty: { type: 'boolean', short: 't', help: 'Give it a terminal' },
  user: { type: 'string', short: 'u', value: 'string', help: 'User: NAME|UID[:GROUP|GID]' },
  workdir: { type: 'string', short: 'w', value: 'string', help: 'Working directory' },
} as const satisfies FlagTable;

export const EXEC = defineCommand({
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  description: 'Runs a command in a running container. Ends with its exit code.',
  flags: FLAGS,
  args: { min: 2, max: Number.POSITIVE_INFINITY },
  stopAtPositional: true,
  exitStyle: 'container',
  run: async (context, flags, [ref, ...words]) => {
    const command = words[0] === '--' ? words.slice(1) : words;
    if (command.length === 0) throw new UsageError("'tsgov exec' requires a command");
    const wishes = {
      stdin: flags.interactive ?? false,
      tty: flags.tty ?? false,
      detachKeys: parseDetachKeys(flags['detach-keys'] ?? DEFAULT_DETACH_KEYS),
    };
    const readFile = (path: string) => readFileSync(path, 'utf8');
    const env = environment(flags.env, flags['env-file'], { env: context.env, cwd: context.cwd, readFile });
    const body = {
      command,
      ...defined({
        env: env.length === 0 ? undefined : env,
        workdir: flags.workdir,
        user: flags.user,
        tty: flags.tty,
        stdin: flags.interactive,
        privileged: flags.privileged,
      }),
    };
    const client = await context.client();
    if (flags.detach) {
      await client.execDetached(ref!, body);
      return 0;
    }
    checkTerminal(wishes.stdin, wishes.tty);
    const session = await client.exec(ref!, { ...body, ...sizeFor(wishes.tty) });
    const end = await streamToUs(context, session, wishes);
    if (end.kind !== 'exited') session.close();
    return exitOf(context, end);
  },
});
