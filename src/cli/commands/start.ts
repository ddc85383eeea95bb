import { type Context, defineCommand } from '#src/cli/command.js';
import { eachRef } from '#src/cli/each-ref.js';
import type { FlagTable } from '#src/cli/flags/flag.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { conditionLines } from '#src/cli/output/conditions.js';
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from '#src/cli/session/detach-keys.js';
import { checkTerminal, exitOf, forwardSignals, sizeFor, streamContainer } from '#src/cli/session/foreground.js';
import { proxySignals } from '#src/cli/session/signal-proxy.js';

const FLAGS = {
  attach: { type: 'boolean', short: 'a', help: 'Attach stdout and stderr, hand on signals' },
  'detach-keys': { type: 'string', value: 'string', help: 'Keys that detach from it', default: DEFAULT_DETACH_KEYS },
  interactive: { type: 'boolean', short: 'i', help: 'Attach stdin too' },
} as const satisfies FlagTable;

export const START = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Starts containers that do not run.',
  flags: FLAGS,
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  exitStyle: 'container',
  run: async (context, flags, refs) => {
    if (flags.attach || flags.interactive) {
      if (refs.length > 1) throw new UsageError('only one container can be started and attached to at a time');
      return startAttached(
        context,
        refs[0]!,
        flags.interactive ?? false,
        parseDetachKeys(flags['detach-keys'] ?? DEFAULT_DETACH_KEYS),
      );
    }
    const client = await context.client();
    return eachRef(
      context,
      refs,
      async (ref) => {
        const view = await client.start(ref);
        // One that removes itself may have ended and gone already.
        if (view !== undefined) context.stderr.write(conditionLines(view.name, view.conditions));
      },
      { style: 'container' },
    );
  },
});

async function startAttached(context: Context, ref: string, interactive: boolean, detachKeys: Uint8Array): Promise<number> {
  const client = await context.client();
  const { id, name, stdin, tty } = await client.inspect(ref);
  const wishes = { stdin: interactive && stdin, tty, detachKeys };
  checkTerminal(wishes.stdin, tty);
  const proxy = proxySignals(context.now);
  const session = await client.attach(id, { stdin: wishes.stdin, stdout: true, stderr: true, ...sizeFor(tty) });
  const view = await client.start(id);
  if (view !== undefined) context.stderr.write(conditionLines(name, view.conditions));
  forwardSignals(context, proxy, client, name);
  const end = await streamContainer(context, session, wishes, name);
  proxy.stop();
  return exitOf(context, end);
}
