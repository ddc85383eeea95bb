import { basename, dirname, resolve } from 'node:path';
import type { Governed } from '#agent/containers/governed.js';
import { SerialQueue } from '#agent/containers/serial-queue.js';
import type { PolicyRule } from '#agent/contract/rule.js';
import { decide } from '#agent/governor/decide/decide.js';
import { NO_MEMORY } from '#agent/governor/decide/memory.js';
import { neededSignals } from '#agent/governor/decide/needs.js';
import { compileRules } from '#agent/policy/compile-rules.js';
import { FdBudget, fdLimit } from '#agent/sampler/fd-budget.js';
import { Observer } from '#agent/sampler/observer.js';
import { Sampler } from '#agent/sampler/sampler.js';
import { loadReadFiles } from '#native/read-files.js';
import { type CgroupHost, carrierVersion } from '#runtime/cgroup/cgroup-host.js';
import { type CgroupSet, openCgroup } from '#runtime/cgroup/cgroup-set.js';
import { Helper } from './helper.js';
import { quantile } from './quantiles.js';

/** All of CPU time, in all threads: what else the machine does meanwhile is not in it. */
export interface TickFigures {
  containers: number;
  /** Read, parse, signals, snapshot, decide; nothing is to be done. */
  p50Ms: number;
  p99Ms: number;
  floorMs: number;
  ratio: number;
  /** Reading and parsing alone. */
  sampling: { p50Ms: number; ratio: number };
  /** Files a tick reads, and the most that are held open for one container. */
  files: number;
  filesHeld: number;
}

/** Until every file is open, and its code compiled. */
const WARM_UP_TICKS = 15;

/** Rules that look at all that a tick can read: while nobody does, files of containers in which nothing happens are left out. */
function rulesFor(host: CgroupHost): PolicyRule[] {
  const bounds: [signal: string, above: number][] = [
    ['memory.some.avg10', 99],
    ['cpu.some.avg10', 101],
    ['io.full.avg10', 99],
    ['memory.usage', 99],
    ['memory.events.oom_kill', 1e6],
    ['cpu.throttled', 101],
    ['pids.usage', 99],
  ];
  // v1 has it in memory.stat, which has its turns.
  if (carrierVersion(host, 'memory') === 'v2') bounds.push(['memory.swap.current', 2 ** 50]);
  return bounds.map(([signal, above]) => ({ name: signal, when: { signal, above, for: '10s' }, do: [{ notify: {} }] }));
}

/**
 * One whole tick over these cgroups, under a policy with rules of which none holds, in turns with a C program that reads the same files by fds
 * it holds too. The figures are of this process, so that nobody's requests are among them.
 */
export async function measureTick(
  host: CgroupHost,
  paths: readonly string[],
  programs: string,
  rounds: number,
): Promise<TickFigures> {
  const governed = paths.map((path) => governedAt(host, path));
  const policies = compileRules([
    { name: 'bench', priority: 0, enforce: 'enforce', spec: { match: { image: 'bench' }, rules: rulesFor(host) } },
  ]);
  const needs = neededSignals(policies);
  const sampler = new Sampler({
    host,
    procRoot: '/proc',
    sysRoot: '/sys',
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    files: new FdBudget(fdLimit('/proc')),
    readFiles: await loadReadFiles(resolve(import.meta.dirname, '../../native/tsgov-read.so')),
    onFault: (id, error) => {
      throw new Error(`cannot read ${id}`, { cause: error });
    },
  });
  const observer = new Observer({ sampler, governed: () => governed, needs: () => needs });
  const floor = new Helper(resolve(programs, 'files'), []);
  let memory = NO_MEMORY;
  const tick = (): void => {
    const snapshot = observer.tick();
    if (snapshot.containers.length !== paths.length)
      throw new Error(`${snapshot.containers.length} of ${paths.length} were seen`);
    const decided = decide(snapshot, policies, memory);
    memory = decided.memory;
    if (decided.actions.length > 0) throw new Error(`${decided.actions.length} acts of a policy that asks for none`);
  };
  const sample = (): void => void sampler.sample(governed as readonly (Governed & { cgroup: CgroupSet })[], needs);
  try {
    for (let count = 0; count < WARM_UP_TICKS; count += 1) {
      tick();
      sample();
    }
    await floor.ask(listOf(sampler));
    const measured = { ticks: [] as number[], floors: [] as number[], samplings: [] as number[], samplingFloors: [] as number[] };
    let files = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const [work, own, floors] of [
        [tick, measured.ticks, measured.floors],
        [sample, measured.samplings, measured.samplingFloors],
      ] as const) {
        const readBefore = sampler.filesRead;
        own.push(cpuMsOf(work));
        const read = sampler.filesRead - readBefore;
        const [nanoseconds = 0, same = 0] = await floor.ask(String(sampler.turn));
        floors.push(nanoseconds / 1e6);
        const nodes = NODE_FILES.length + (sampler.turn === 0 ? 1 : 0);
        if (same !== read + nodes) throw new Error(`a tick read ${read} files of containers, the floor ${same - nodes}`);
        files = Math.max(files, same);
      }
    }
    const [p50Ms, floorMs] = [quantile(measured.ticks, 0.5), quantile(measured.floors, 0.5)];
    const samplingMs = quantile(measured.samplings, 0.5);
    return {
      containers: paths.length,
      p50Ms,
      p99Ms: quantile(measured.ticks, 0.99),
      floorMs,
      ratio: hundredths(p50Ms / floorMs),
      sampling: { p50Ms: samplingMs, ratio: hundredths(samplingMs / quantile(measured.samplingFloors, 0.5)) },
      files,
      filesHeld: mostHeld(sampler),
    };
  } finally {
    await floor.close();
    sampler.close();
  }
}

function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}

/** By the cgroup's path below the hierarchies' mounts, which ends in a container's id. */
function mostHeld(sampler: Sampler): number {
  const held = new Map<string, number>();
  for (const { path } of sampler.heldFiles()) {
    const cgroup = basename(dirname(path));
    held.set(cgroup, (held.get(cgroup) ?? 0) + 1);
  }
  return Math.max(0, ...held.values());
}

const NODE_FILES = ['stat', 'meminfo', 'pressure/cpu', 'pressure/memory', 'pressure/io'];

function listOf(sampler: Sampler): string {
  const cgroups = [...sampler.heldFiles()].map(({ path, turn }) => `${turn ?? '*'} ${path}\n`);
  return [...cgroups, ...NODE_FILES.map((file) => `* /proc/${file}\n`), '0 /proc/diskstats\n'].join('');
}

/** A running container as far as the sampler is concerned, under a policy that limits what most policies do. */
function governedAt(host: CgroupHost, path: string): Governed {
  const cgroup = openCgroup(host, path);
  if (cgroup === undefined) throw new Error(`no cgroup ${path}`);
  const limits = {
    run: {},
    policies: [{ source: 'policy/bench', limits: { memory: { maxBytes: 64 << 20 }, cpu: { maxCores: 1 }, pids: { max: 64 } } }],
    override: {},
  };
  const subject = { name: path, image: 'bench', labels: {}, runtime: 'tsgov' as const, cgroup: path };
  return {
    id: path,
    name: path,
    queue: new SerialQueue(),
    subject: () => ({ id: path, name: path, image: 'bench', runtime: 'tsgov' }),
    policySubject: () => subject,
    limits,
    setLimits: () => undefined,
    limitsWithFound: () => limits,
    rememberFound: () => false,
    restoreFound: async () => undefined,
    foreign: false,
    noteDrift: () => undefined,
    conditions: [],
    cgroup,
    running: true,
    frozen: false,
    pid: undefined,
    ending: false,
    leaving: false,
    thawAtMs: null,
    thawForMs: undefined,
    setThawAt: () => undefined,
    cancelThaw: undefined,
    tellThaw: undefined,
    lastSample: undefined,
    oomKillsSeen: 0,
    inForce: undefined,
    observed: undefined,
    policyFailure: undefined,
    reassertFailure: undefined,
  };
}
