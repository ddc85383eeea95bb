import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openBpf } from '#agent/bpf/open-bpf.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { describeMachine } from './machine.js';
import { quantile } from './quantiles.js';

/**
 * `node dist/test/bench/bpf.js [--pairs 30]`: what all BPF programs that are always loaded cost a storm of messages (storm.c), which switches tasks as fast as a
 * machine can: CPU time with them over CPU time without, in pairs, whose order changes from one to the next. One line of JSON.
 */
const { values } = parseArgs({ options: { pairs: { type: 'string', default: '30' } } });
const pairs = Number(values.pairs);
if (!Number.isInteger(pairs) || pairs < 1) throw new RangeError(`--pairs ${values.pairs}: a positive whole number is needed`);

const SOURCE = resolve(import.meta.dirname, '../../../test/bench/storm.c');
const OBJECTS = resolve(import.meta.dirname, '../../native/bpf');
/** Of each half of a pair the least disturbed one counts. */
const STORMS = 3;
const GROUPS = '5';
const MESSAGES = '400';

const dir = mkdtempSync(join(tmpdir(), 'tsgov-bench-'));
try {
  const storm = join(dir, 'storm');
  run('gcc', ['-std=gnu11', '-O2', '-static', SOURCE, '-o', storm]);
  const ratios: number[] = [];
  const without: number[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const withFirst = pair % 2 === 0 ? await watched(() => cpuMs(storm)) : undefined;
    const alone = cpuMs(storm);
    ratios.push((withFirst ?? (await watched(() => cpuMs(storm)))) / alone);
    without.push(alone);
  }
  const percent = (share: number) => Math.round((quantile(ratios, share) - 1) * 10_000) / 100;
  const overhead = { medianPercent: percent(0.5), quartilesPercent: [percent(0.25), percent(0.75)] };
  process.stdout.write(
    `${JSON.stringify({ pairs, stormCpuMs: quantile(without, 0.5), overhead, machine: describeMachine() })}\n`,
  );
} finally {
  rmSync(dir, { recursive: true });
}

/** While the agent's programs are loaded and attached; as in an agent, their cost is counted too. */
async function watched<T>(work: () => T): Promise<T> {
  const bpf = openBpf({
    dir: OBJECTS,
    cgroups: detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' }),
    containers: () => [],
    procRoot: '/proc',
    clock: { nowMs: Date.now, monotonicMs: () => performance.now() },
    onFault: (error) => {
      throw error;
    },
    enabled: true,
  });
  try {
    await bpf.ready;
    const off = bpf.figures.own().collectors.filter(({ state }) => state !== 'on');
    if (off.length > 0) throw new Error(`not loaded: ${JSON.stringify(off)}`);
    return work();
  } finally {
    await bpf.close();
  }
}

function cpuMs(storm: string): number {
  const all = Array.from({ length: STORMS }, () => Number(run(storm, [GROUPS, MESSAGES]).split(' ')[0]) / 1000);
  return Math.min(...all);
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined || status !== 0) throw error ?? new Error(`${command} ended with ${status}: ${stderr}`);
  return stdout;
}
