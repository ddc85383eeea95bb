import { resolve } from 'node:path';
import type { Governed } from '#agent/containers/governed.js';
import { SerialQueue } from '#agent/containers/serial-queue.js';
import { FdBudget, fdLimit } from '#agent/sampler/fd-budget.js';
import { Observer } from '#agent/sampler/observer.js';
import { Sampler } from '#agent/sampler/sampler.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import { openCgroup } from '#runtime/cgroup/cgroup-set.js';
import { Helper } from './helper.js';
import { quantile } from './quantiles.js';

export interface TickFigures {
  containers: number;
  p50Ms: number;
  p99Ms: number;
  floorMs: number;
  ratio: number;
  /** Files a tick reads. */
  files: number;
}

/** Until every file is open, and its code compiled. */
const WARM_UP_TICKS = 15;

/**
 * One whole tick over these cgroups (read, parse, signals, snapshot), in turns with a C program that reads the same files by fds it holds
 * too. The figures are of this process, so that nobody's requests are among them.
 */
export async function measureTick(
  host: CgroupHost,
  paths: readonly string[],
  programs: string,
  rounds: number,
): Promise<TickFigures> {
  const governed = paths.map((path) => stub(host, path));
  const sampler = new Sampler({
    host,
    procRoot: '/proc',
    sysRoot: '/sys',
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    files: new FdBudget(fdLimit('/proc')),
    onFault: (id, error) => {
      throw new Error(`cannot read ${id}`, { cause: error });
    },
  });
  const observer = new Observer({ sampler, governed: () => governed, needs: () => new Set() });
  const floor = new Helper(resolve(programs, 'files'), []);
  try {
    for (let tick = 0; tick < WARM_UP_TICKS; tick += 1) observer.tick();
    await floor.ask(`${listOf(sampler)}\n`);
    const [ticks, floors]: [number[], number[]] = [[], []];
    let files = 0;
    for (let round = 0; round < rounds; round += 1) {
      const began = performance.now();
      const snapshot = observer.tick();
      ticks.push(performance.now() - began);
      if (snapshot.containers.length !== paths.length)
        throw new Error(`${snapshot.containers.length} of ${paths.length} were seen`);
      const [nanoseconds = 0, read = 0] = await floor.ask(String(sampler.turn));
      floors.push(nanoseconds / 1e6);
      files = Math.max(files, read);
    }
    const [p50Ms, floorMs] = [quantile(ticks, 0.5), quantile(floors, 0.5)];
    return {
      containers: paths.length,
      p50Ms,
      p99Ms: quantile(ticks, 0.99),
      floorMs,
      ratio: Math.round((p50Ms / floorMs) * 100) / 100,
      files,
    };
  } finally {
    await floor.close();
    sampler.close();
  }
}

const NODE_FILES = ['stat', 'meminfo', 'pressure/cpu', 'pressure/memory', 'pressure/io'];

function listOf(sampler: Sampler): string {
  const cgroups = [...sampler.heldFiles()].map(({ path, turn }) => `${turn ?? '*'} ${path}\n`);
  return [...cgroups, ...NODE_FILES.map((file) => `* /proc/${file}\n`), '0 /proc/diskstats\n'].join('');
}

/** A running container as far as the sampler is concerned, under a policy that limits what most policies do. */
function stub(host: CgroupHost, path: string): Governed {
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
    rememberFound: () => undefined,
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
    lastSample: undefined,
    oomKillsSeen: 0,
    inForce: undefined,
    observed: undefined,
    policyFailure: undefined,
    reassertFailure: undefined,
  };
}
