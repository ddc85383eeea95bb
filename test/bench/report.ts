import type { GovernCost } from './agent-cost.js';
import type { DriftResult } from './drift.js';
import type { Machine } from './machine.js';
import type { NamespacesResult } from './namespaces.js';
import type { StartResult } from './start.js';

/** What `npm run bench -- --json` prints. */
export interface BenchReport {
  start: StartResult;
  shim: { pssKiB: number };
  limit: { p50Ms: number };
  freeze: { n1: { p99Ms: number }; n100: { p99Ms: number }; n1000: { p99Ms: number } };
  drift: DriftResult;
  namespaces: NamespacesResult;
  tick: GovernCost['tick'];
  agent: GovernCost['agent'];
  scrape: GovernCost['scrape'];
  machine: Machine;
  rounds: number;
}
/** The report as a table on stdout, with the ratios that the goals are set in. */
export function printReport(report: BenchReport): void {
  const { start, shim, limit, freeze, drift, namespaces, tick, agent, scrape, machine, rounds } = report;
  const ratio = (ms: number, base: number): string => `${(ms / base).toFixed(2)} ×`;
  const rows = Object.entries(start).map(([name, { p50Ms, p95Ms }]) => [
    LABELS[name as keyof typeof start],
    p50Ms.toFixed(2),
    p95Ms.toFixed(2),
    ratio(p50Ms, start.floor.p50Ms),
    ratio(p50Ms, start.crun.p50Ms),
  ]);
  const lines = [
    `${machine.cpus} × ${machine.cpuModel}, Linux ${machine.kernel}, cgroup ${machine.cgroupMode}, Node ${machine.node}`,
    '',
    ...table([
      [`start to exit of a static true, ${rounds} rounds, taking turns`, 'p50 ms', 'p95 ms', 'of floor', 'of crun'],
      ...rows,
    ]),
    '',
    ...table([
      ['other', 'value', 'goal'],
      ['shim PSS, median of 10', `${shim.pssKiB} KiB`, '≤ 300 KiB'],
      ['limit (PATCH), p50', `${limit.p50Ms.toFixed(2)} ms`, ''],
      ['freeze of 1 process, p99', `${freeze.n1.p99Ms.toFixed(2)} ms`, ''],
      ['freeze of 100 processes, p99', `${freeze.n100.p99Ms.toFixed(2)} ms`, ''],
      ['freeze of 1000 processes, p99', `${freeze.n1000.p99Ms.toFixed(2)} ms`, '≤ 50 ms'],
      ...Object.entries(drift).flatMap(([version, { p50Ms, p99Ms, writes }]) => [
        [`limit of cgroup ${version} changed by another put back, p50 of ${writes}`, `${p50Ms.toFixed(2)} ms`, '≤ 5 ms'],
        ['  p99', `${p99Ms.toFixed(2)} ms`, '≤ 50 ms'],
      ]),
      [`every namespace, ${namespaces.processes} processes, p50`, `${namespaces.p50Ms.toFixed(1)} ms`, '≤ 100 ms'],
      ['  lsns', `${namespaces.lsnsP50Ms.toFixed(1)} ms`, ''],
      [
        `tick over ${tick.n1000.containers} containers, ${tick.n1000.files} files, p50 of CPU time`,
        `${tick.n1000.p50Ms.toFixed(1)} ms`,
        '',
      ],
      ['  of the C floor that reads the same files', `${tick.n1000.ratio.toFixed(2)} ×`, '≤ 1.5 ×'],
      ['  reading and parsing alone', `${tick.n1000.sampling.ratio.toFixed(2)} ×`, '≤ 1.3 ×'],
      ['  files held a container', `${tick.n1000.filesHeld}`, '≤ 12'],
      ...agentRows(agent.n100, '≤ 1 %', '≤ 100 MiB'),
      ...agentRows(agent.n1000, '≤ 5 %', ''),
      [
        `/metrics of ${scrape.n1000.containers}, each second for ${scrape.n1000.scrapes} s, p99`,
        `${scrape.n1000.p99Ms.toFixed(1)} ms`,
        '≤ 100 ms',
      ],
      ['  failed', `${scrape.n1000.failed}`, '0'],
      ['  event loop lag meanwhile, p99', `≤ ${scrape.n1000.lagP99Ms} ms`, '≤ 20 ms'],
      ['  ticks late or left out', `${scrape.n1000.lateTicks}`, '0'],
    ]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function agentRows({ containers, early, later }: GovernCost['agent']['n100'], cpu: string, rss: string): string[][] {
  return [
    [`agent at ${containers} containers, ticks of 1 s`, `${later.cpuPercent} %`, cpu],
    ['  at most resident', `${later.rssMiB} MiB`, rss],
    ['  before, while V8 compiles', `${early.cpuPercent} %, ${early.rssMiB} MiB`, ''],
  ];
}

const LABELS = {
  api: "tsgov, through the agent's API",
  apiWithRemove: '  with removal',
  apiFromNode: '  as a Node client sees it',
  floor: 'floor: the bare system calls in C',
  floorWithRemove: '  with removal',
  crun: 'crun run (with removal)',
  runc: 'runc run (with removal)',
} as const;

/** First column to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '),
  );
}
