import type { TsgovClient } from '#agent/client.js';
import type { MountView, ProcessView, SocketView } from '#agent/contract/processes.js';
import { type Context, defineCommand } from '#src/cli/command.js';
import { defined } from '#src/cli/defined.js';
import { describeFailure, failureExit } from '#src/cli/failure.js';
import type { FlagTable, FlagValues } from '#src/cli/flags/flag.js';
import { document, FORMAT_FLAG, formatOf } from '#src/cli/output/documents.js';
import { mountsTable } from '#src/cli/output/mounts-table.js';
import { processesTable } from '#src/cli/output/processes-table.js';
import { socketsTable } from '#src/cli/output/sockets-table.js';
import { RUNTIME_FLAGS, whose } from '#src/cli/runtime-flags.js';

const FLAGS = {
  'all-runtimes': RUNTIME_FLAGS['all-runtimes'],
  files: { type: 'boolean', help: 'Count open files too' },
  format: FORMAT_FLAG,
  interval: { type: 'duration', value: 'duration', help: 'CPU use over this long (50ms to 1m), not since processes started' },
  mounts: { type: 'boolean', help: 'Show mounts instead' },
  'no-trunc': { type: 'boolean', help: 'Do not shorten' },
  pss: { type: 'boolean', help: 'Measure proportional memory too, which costs the kernel a walk over it' },
  quiet: { type: 'boolean', short: 'q', help: 'Only the pids' },
  runtime: RUNTIME_FLAGS.runtime,
  sockets: { type: 'boolean', help: 'Show sockets instead' },
  tree: { type: 'boolean', short: 'T', help: 'Parents before their children' },
} as const satisfies FlagTable;

/** Requests under way at a time. */
const AT_ONCE = 16;

/** What is shown of one container. */
export interface ContainerProcesses {
  container: string;
  processes?: ProcessView[];
  sockets?: SocketView[];
  mounts?: MountView[];
}

export const PROCS = defineCommand({
  usage: '[OPTIONS] [CONTAINER...]',
  description:
    'Shows the processes of containers, all running ones of tsgov (or --runtime) when none is named: pid on the host (PID) and inside (CPID),\nCPU, memory, rights. Or what they are connected to, or what is mounted in them. --format json has all the kernel tells.',
  flags: FLAGS,
  args: { min: 0, max: Number.POSITIVE_INFINITY },
  examples: ['tsgov procs --tree web', 'tsgov procs --sockets', 'tsgov procs --pss --files --interval 1s db'],
  run: async (context, flags, refs) => {
    const format = formatOf(flags.format, ['json', 'table', 'yaml'], 'table');
    const client = await context.client();
    const asked = refs.length > 0 ? refs.map((ref) => ({ ref, name: ref })) : await allRunning(client, flags);
    const results: PromiseSettledResult<ContainerProcesses>[] = [];
    for (let from = 0; from < asked.length; from += AT_ONCE)
      results.push(...(await Promise.allSettled(asked.slice(from, from + AT_ONCE).map((each) => look(client, each, flags)))));
    const shown = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    if (flags.quiet) context.stdout.write(pidLines(shown));
    else if (format !== 'table') context.stdout.write(await document(shown, format));
    else context.stdout.write(tablesOf(shown, flags));
    // One that none named may end meanwhile.
    return refs.length > 0 ? tellFailures(context, results) : 0;
  },
});

/** By id: two runtimes may have a container of one name. */
async function allRunning(client: TsgovClient, flags: FlagValues<typeof FLAGS>): Promise<{ ref: string; name: string }[]> {
  const running = (await client.list(whose(flags))).filter(
    ({ state }) => state.status === 'running' || state.status === 'frozen',
  );
  return running.map(({ id, name }) => ({ ref: id, name })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function look(
  client: TsgovClient,
  { ref, name }: { ref: string; name: string },
  flags: FlagValues<typeof FLAGS>,
): Promise<ContainerProcesses> {
  const { sockets = false, mounts = false } = flags;
  const shown: ContainerProcesses = { container: name };
  if (!sockets && !mounts) shown.processes = await client.processes(ref, processQuery(flags));
  if (sockets) shown.sockets = await client.sockets(ref);
  if (mounts) shown.mounts = await client.mounts(ref);
  return shown;
}

function processQuery({ tree, pss, files, interval }: FlagValues<typeof FLAGS>) {
  return defined({ tree, pss, files, interval: interval === undefined ? undefined : `${interval / 1000}ms` });
}

function tablesOf(shown: readonly ContainerProcesses[], flags: FlagValues<typeof FLAGS>): string {
  const how = { truncate: !flags['no-trunc'], files: flags.files ?? false, pss: flags.pss ?? false };
  const tables: string[] = [];
  if (flags.sockets) tables.push(socketsTable(shown, how));
  if (flags.mounts) tables.push(mountsTable(shown, how));
  return tables.length > 0 ? tables.join('\n') : processesTable(shown, how);
}

function pidLines(shown: readonly ContainerProcesses[]): string {
  const pids = shown.flatMap(({ processes, sockets }) => [
    ...(processes ?? []).map(({ pid }) => pid),
    ...(sockets ?? []).flatMap((socket) => socket.processes.map(({ pid }) => pid)),
  ]);
  return [...new Set(pids)].map((pid) => `${pid}\n`).join('');
}

function tellFailures(context: Context, results: readonly PromiseSettledResult<ContainerProcesses>[]): number {
  let code = 0;
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    context.stderr.write(describeFailure(result.reason));
    code ||= failureExit(result.reason, 'plain');
  }
  return code;
}
