import type { TsgovClient } from '#agent/client.js';
import { type Context, defineCommand } from '#src/cli/command.js';
import { createContainer } from '#src/cli/create/create-container.js';
import { CREATE_FLAGS } from '#src/cli/create/flags.js';
import type { FlagTable, FlagValues } from '#src/cli/flags/flag.js';
import { conditionLines } from '#src/cli/output/conditions.js';
import { diskLines } from '#src/cli/output/disk-lines.js';
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from '#src/cli/session/detach-keys.js';
import {
  checkTerminal,
  endUnread,
  exitOf,
  forwardSignals,
  isOver,
  sizeFor,
  streamContainer,
} from '#src/cli/session/foreground.js';
import { proxySignals } from '#src/cli/session/signal-proxy.js';

const FLAGS = {
  ...CREATE_FLAGS,
  detach: { type: 'boolean', short: 'd', help: 'Run in the background and print the container ID' },
  'detach-keys': { type: 'string', value: 'string', help: 'Keys that detach from it', default: DEFAULT_DETACH_KEYS },
  'no-agent-start': { type: 'boolean', help: 'Do not start an agent when none answers' },
  'sig-proxy': { type: 'boolean', help: 'Hand signals on to the process', default: 'true' },
} as const satisfies FlagTable;

export const RUN = defineCommand({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  description:
    "Creates a container and starts it. IMAGE is host: (this node's own root, what it writes stays in the container), rootfs:DIR or\nbundle:DIR. Starts an agent when none answers.",
  flags: FLAGS,
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  stopAtPositional: true,
  exitStyle: 'docker',
  examples: [
    "tsgov run --rm host: -- sh -c 'id; hostname; ps'",
    "tsgov run -d --name hog --cpus 0.25 --memory 64m host: sh -c 'while :; do :; done'",
    'tsgov run --rm -it -v ./data:/data:ro host: bash',
  ],
  run: async (context, flags, args) => {
    const detachKeys = parseDetachKeys(flags['detach-keys'] ?? DEFAULT_DETACH_KEYS);
    if (flags.detach) return runDetached(context, flags, args);
    checkTerminal(flags.interactive ?? false, flags.tty ?? false);
    return runForeground(context, flags, args, detachKeys);
  },
});

type RunFlags = FlagValues<typeof FLAGS>;

async function runDetached(context: Context, flags: RunFlags, args: readonly string[]): Promise<number> {
  const { client, created } = await createContainer(context, flags, args);
  await startOrRemove(context, client, created, flags.rm ?? false);
  context.stdout.write(`${created.id}\n`);
  return 0;
}

async function runForeground(
  context: Context,
  flags: RunFlags,
  args: readonly string[],
  detachKeys: Uint8Array,
): Promise<number> {
  const wishes = { stdin: flags.interactive ?? false, tty: flags.tty ?? false, detachKeys };
  const { client, created } = await createContainer(context, flags, args);
  // Not before: until there is a container, a signal is for us.
  const proxy = flags['sig-proxy'] === false ? undefined : proxySignals(context.now);
  const session = await client.attach(created.id, { stdin: wishes.stdin, stdout: true, stderr: true, ...sizeFor(wishes.tty) });
  await startOrRemove(context, client, created, flags.rm ?? false);
  if (proxy !== undefined) forwardSignals(context, proxy, client, created.name);
  const end = await streamContainer(context, session, wishes, created.name);
  proxy?.stop();
  if (end.kind === 'detached') {
    context.stderr.write(`\ntsgov: detached; ${created.name} goes on (back to it: tsgov attach ${created.name})\n`);
    return 0;
  }
  if (end.kind === 'output-gone') {
    session.close();
    await endUnread(client, created.id);
  }
  if (flags.rm) await removed(client, created.id);
  return exitOf(context, end);
}

/** Starts it; which disks are limited and what the host cannot carry is said on stderr. With --rm a container that could not start is removed. */
async function startOrRemove(
  context: Context,
  client: TsgovClient,
  created: { id: string; name: string },
  remove: boolean,
): Promise<void> {
  try {
    const view = await client.start(created.id);
    // With --rm it may have ended and gone already.
    if (view !== undefined)
      context.stderr.write(diskLines(created.name, view.limits) + conditionLines(created.name, view.conditions));
  } catch (error) {
    if (remove)
      await client.remove(created.id, { force: true }).catch((failure: unknown) => {
        if (!isOver(failure)) throw failure;
      });
    throw error;
  }
}

async function removed(client: TsgovClient, id: string): Promise<void> {
  await client.wait(id, { condition: 'removed' }).catch((error: unknown) => {
    // Not found: it is removed already.
    if (!isOver(error)) throw error;
  });
}
