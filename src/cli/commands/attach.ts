import { AgentError } from '#agent/contract/errors.js';
import { defineCommand } from '#src/cli/command.js';
import type { FlagTable } from '#src/cli/flags/flag.js';
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from '#src/cli/session/detach-keys.js';
import { checkTerminal, exitOf, forwardSignals, sizeFor, streamContainer } from '#src/cli/session/foreground.js';
import { proxySignals } from '#src/cli/session/signal-proxy.js';

const FLAGS = {
  'detach-keys': { type: 'string', value: 'string', help: 'Keys that detach from it', default: DEFAULT_DETACH_KEYS },
  'no-stdin': { type: 'boolean', help: 'Do not attach stdin' },
  'sig-proxy': { type: 'boolean', help: 'Hand signals on to the process', default: 'true' },
} as const satisfies FlagTable;

export const ATTACH = defineCommand({
  usage: '[OPTIONS] CONTAINER',
  description: "Connects this terminal's stdin, stdout and stderr to a running container. Ends with its exit code.",
  flags: FLAGS,
  args: { min: 1, max: 1 },
  exitStyle: 'container',
  run: async (context, flags, [ref]) => {
    const detachKeys = parseDetachKeys(flags['detach-keys'] ?? DEFAULT_DETACH_KEYS);
    const client = await context.client();
    const { id, name, stdin, tty, state } = await client.inspect(ref!);
    if (state.status !== 'running')
      throw new AgentError(
        'STATE_CONFLICT',
        `cannot attach to ${name}: it is ${state.status}, not running (tsgov ${state.status === 'frozen' ? 'thaw' : 'start'} ${name})`,
      );
    const wishes = { stdin: stdin && !flags['no-stdin'], tty, detachKeys };
    checkTerminal(wishes.stdin, tty);
    const proxy = flags['sig-proxy'] === false ? undefined : proxySignals(context.now);
    const session = await client.attach(id, { stdin: wishes.stdin, stdout: true, stderr: true, ...sizeFor(tty) });
    if (proxy !== undefined) forwardSignals(context, proxy, client, name);
    const end = await streamContainer(context, session, wishes, name);
    proxy?.stop();
    if (end.kind !== 'exited') session.close();
    return exitOf(context, end);
  },
});
