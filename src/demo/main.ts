import { parseArgs } from 'node:util';
import { connect, type TsgovClient } from '#agent/client.js';
import { startAgentProcess } from './agent-process.js';
import { cleanUp, type Leftovers, removeSamples } from './clean-up.js';
import { choosePlaces, makeDiskDir, type Places } from './places.js';
import { demoSamples } from './samples.js';
import { Screen } from './screen.js';
import { type Act, pause, raiseCurtain, tick } from './show.js';
import { columns, figure, liveTable } from './table.js';
import { judge } from './verdict.js';

/**
 * `npm start [-- --seconds N]`: an agent, three greedy workloads under limits, and a table of what each wants and gets. Ends by
 * Ctrl-C, SIGTERM, after N seconds, or with the process that started it, and takes all of it down again.
 */
async function demo(seconds: number | undefined): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  // A reader that went away (`npm start | head`) is no reason to leave anything behind.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stop.abort());
  // Nobody watches any more when whoever started this is gone.
  const starter = process.ppid;
  setInterval(() => process.ppid !== starter && stop.abort(), 500).unref();

  const places = await choosePlaces();
  const diskDir = makeDiskDir();
  const leftovers: Leftovers = {
    places,
    agentPid: undefined,
    dirs: [...places.made, ...(diskDir === undefined ? [] : [diskDir])],
  };
  tellStarter(leftovers);
  const screen = new Screen(process.stdout);
  const client = connect({ state: places.state });
  try {
    leftovers.agentPid = await startAgentProcess(places);
    tellStarter(leftovers);
    await removeSamples(client);
    screen.say(introduction(places, leftovers.agentPid, diskDir));
    const acts = await raiseCurtain(client, demoSamples(diskDir));
    const endMs = seconds === undefined ? Number.POSITIVE_INFINITY : Date.now() + seconds * 1000;
    const held = await watch(client, acts, screen, { stop: stop.signal, endMs, footer: goOn(places) });
    return seconds === undefined || stop.signal.aborted || held ? 0 : 1;
  } finally {
    client.close();
    screen.say('Taking it all down again \u2026');
    await cleanUp(leftovers);
    tellStarter({ cleaned: true });
  }
}

/** What scripts/start.mjs needs to know to clean up in our place; it may be gone. */
function tellStarter(message: Leftovers | { cleaned: true }): void {
  process.send?.(message, () => undefined);
}

/** Shows the table until it is time to end, then the summary; true when every limit held. */
async function watch(
  client: TsgovClient,
  acts: readonly Act[],
  screen: Screen,
  { stop, endMs, footer }: { stop: AbortSignal; endMs: number; footer: string[] },
): Promise<boolean> {
  let rows = await tick(client, acts);
  while (!stop.aborted && Date.now() < endMs) {
    await pause(stop);
    if (stop.aborted) break;
    rows = await tick(client, acts);
    screen.show(liveTable(rows), footer, Date.now());
  }
  const verdicts = rows.map((row) => ({ row, verdict: judge(row.resource, row.limit, row.use) }));
  const lines = verdicts.map(({ row, verdict }) => [
    row.name,
    figure(row.resource, row.limit),
    figure(row.resource, row.use),
    verdict.held ? 'held' : `NOT HELD: ${verdict.reason}`,
  ]);
  screen.say(`\n${columns([['WORKLOAD', 'ASKED LIMIT', 'MEASURED USE', ''], ...lines]).join('\n')}\n`);
  return verdicts.every(({ verdict }) => verdict.held);
}

function introduction(places: Places, agentPid: number, diskDir: string | undefined): string {
  const lines = [
    places.own
      ? `An agent already runs on the defaults and is left alone; the demo has its own (pid ${agentPid}, root ${places.root}).`
      : `An agent runs on the defaults (pid ${agentPid}).`,
    'Three workloads from host: run free for two seconds, which shows what they want. Then their limits are set.',
  ];
  if (diskDir === undefined) lines.push('No directory here lies on a real disk, so there is no disk writer.');
  return `${lines.join('\n')}\n`;
}

function goOn({ own, state, listen }: Places): string[] {
  const tsgov = `${own ? `TSGOV_STATE=${state} ` : ''}./dist/bin/tsgov.cjs`;
  return [
    `metrics  http://${listen}/metrics`,
    `socket   ${state}/tsgov.sock`,
    `try      ${tsgov} ps`,
    `         ${tsgov} limit cpu-hog --cpus 0.5`,
    `         ${tsgov} freeze disk-writer`,
    `         ${tsgov} plan memory-eater`,
    '         (Ctrl-C ends the demo)',
  ];
}

const { values } = parseArgs({ options: { seconds: { type: 'string' } } });
const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
if (seconds !== undefined && !(seconds >= 3)) {
  process.stderr.write(`--seconds ${values.seconds}: a number of at least 3 is needed\n`);
  process.exitCode = 2;
} else {
  process.exitCode = await demo(seconds).catch((error: unknown) => {
    process.stderr.write(`tsgov demo: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  });
}
process.disconnect?.();
