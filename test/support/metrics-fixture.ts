import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { limitsInForce } from '#agent/containers/limits-in-force.js';
import { viewLimits } from '#agent/containers/limits-view.js';
import type { ContainerView } from '#agent/contract/container.js';
import type { DeathInput } from '#agent/contract/journal.js';
import type { SubjectSources } from '#agent/metrics/subjects/collect.js';
import type { Listed } from '#agent/metrics/subjects/known.js';
import { FdBudget } from '#agent/sampler/fd-budget.js';
import { Sampler } from '#agent/sampler/sampler.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import { readLimits } from '#runtime/cgroup/read-limits.js';
import { type FixtureMode, fixtureCgroup, fixtureHost } from './cgroup-fixture.js';
import { METRICS_FILES } from './metrics-files.js';
import type { Teardown } from './temp.js';

const PROC = join(import.meta.dirname, '../../../test/fixtures/metrics/proc');
export const NOW_MS = Date.parse('2026-01-01T00:10:00Z');

/** Three containers with fixed figures in a tree of files: `web` runs with a quota, `ice` is frozen without one, `done` has ended. */
export class MetricsFixture {
  readonly root: string;
  readonly host: CgroupHost;
  readonly views = new Map<string, ContainerView>();
  readonly faults: unknown[] = [];
  nowMs = NOW_MS;
  readonly #sampler: Sampler;
  readonly #running = new Map<string, NonNullable<Listed['cgroup']>>();

  constructor(t: Teardown, mode: FixtureMode) {
    const fixture = fixtureHost(t, mode);
    const { root, host } = fixture;
    this.root = root;
    this.host = host;
    this.#sampler = new Sampler({
      host,
      procRoot: join(root, 'proc'),
      sysRoot: join(root, 'sys'),
      clock: this.#clock,
      files: new FdBudget(100),
      onFault: (id, error) => this.faults.push(new Error(id, { cause: error })),
    });
    t.after(() => this.#sampler.close());
    cpSync(PROC, join(root, 'proc'), { recursive: true });
    for (const disk of ['vda', 'loop0']) mkdirSync(join(root, 'sys/block', disk), { recursive: true });
    mkdirSync(join(root, 'sys/dev/block'), { recursive: true });
    symlinkSync('../../block/vda', join(root, 'sys/dev/block/254:0'));
    for (const name of ['web', 'ice']) {
      const path = `/tsgov/${name}-id`;
      fixtureCgroup(fixture, path);
      this.#running.set(`${name}-id`, { host, path, conditions: [] });
      for (const [at, text] of METRICS_FILES[name]?.(host) ?? []) this.put(at.replace('CGROUP', path), text);
    }
    this.#process(100, 'net:[1]', 'SRTD');
    symlinkSync('net:[4026531840]', join(this.#dir('proc/self/ns'), 'net'));
    this.#dir('proc/self/fd');
    const web = { labels: { tier: 'front "a"', 'com.example/owner': 'x\\y' }, restartCount: 2, policies: ['base', 'batch'] };
    this.add('web', { ...web, state: { pid: 100 } });
    this.add('ice', { image: 'rootfs:/r', state: { status: 'frozen' } });
    const end = { status: 'exited', exitCode: 137, oomKilled: true, finishedAt: '2026-01-01T00:05:00Z' } as const;
    this.add('done', { state: end });
  }

  /** What createMetrics and SubjectCollector need. */
  sources(over: Partial<SubjectSources> = {}): SubjectSources {
    return {
      procRoot: join(this.root, 'proc'),
      sysRoot: join(this.root, 'sys'),
      cgroupParent: '/tsgov',
      listed: () => [...this.views.values()].map(({ id, name }) => this.#listed(id, name)),
      view: ({ id }) => this.#view(id),
      sample: (id) => this.#sample(id),
      labelAllow: ['tier', 'com.example/owner'],
      graceMs: 300_000,
      clock: this.#clock,
      pause: () => Promise.resolve(),
      onFault: (error) => this.faults.push(error),
      ...over,
    };
  }

  /** A file of the tree. */
  put(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  add(name: string, over: ViewChange = {}): void {
    this.views.set(`${name}-id`, viewOf(name, over));
  }

  /** Its run ends, as the registry would have it. */
  end(name: string, exitCode: number): void {
    const view = this.views.get(`${name}-id`)!;
    view.state = { ...view.state, status: 'exited', pid: null, exitCode, finishedAt: new Date(this.nowMs).toISOString() };
    this.#running.delete(`${name}-id`);
  }

  death(name: string, over: Partial<DeathInput> = {}): DeathInput {
    return {
      container: { id: `${name}-id`, name, image: 'host:', runtime: 'tsgov' },
      startedAt: '2026-01-01T00:00:01.500Z',
      finishedAt: new Date(this.nowMs).toISOString(),
      exitCode: 1,
      signal: null,
      oomKilled: false,
      oom: null,
      cgroup: `/tsgov/${name}-id`,
      error: null,
      restartCount: 0,
      restarts: false,
      lastSample: null,
      ...over,
    };
  }

  readonly #clock = { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs };

  #listed(id: string, name: string): Listed {
    const cgroup = this.#running.get(id);
    return { id, name, running: cgroup !== undefined, cgroup };
  }

  #view(id: string): ContainerView {
    const view = this.views.get(id)!;
    const cgroup = this.#running.get(id);
    return { ...view, limits: cgroup === undefined ? {} : viewLimits(limitsInForce(readLimits(cgroup)!)) };
  }

  #sample(id: string) {
    const cgroup = this.#running.get(id);
    return cgroup && this.#sampler.sampleWhole([{ id, cgroup }]).containers.get(id);
  }

  #dir(path: string): string {
    mkdirSync(join(this.root, path), { recursive: true });
    return join(this.root, path);
  }

  /** One with an interface, two files and a socket open, and a task in each of these states. */
  #process(pid: number, net: string, states: string): void {
    symlinkSync(net, join(this.#dir(`proc/${pid}/ns`), 'net'));
    const fds = this.#dir(`proc/${pid}/fd`);
    for (const [fd, target] of ['/dev/null', 'pipe:[7]', 'socket:[8]'].entries()) symlinkSync(target, join(fds, String(fd)));
    for (const [index, state] of [...states].entries())
      this.put(`proc/${pid}/task/${pid + index}/stat`, `${pid + index} (a) R) ${state} 1 1 1\n`);
    this.put(`proc/${pid}/net/dev`, NET_DEV);
    this.put(`proc/${pid}/mountinfo`, '20 1 254:0 / / rw - ext4 /dev/vda rw\n');
  }
}

const NET_DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:      10       1    0    0    0     0          0         0       20       2    0    0    0     0       0          0
  eth0:    1000      11    1    2    0     0          0         0     3000      33    3    4    0     0       0          0
`;

type ViewChange = Partial<Omit<ContainerView, 'state'>> & { state?: Partial<ContainerView['state']> };

function viewOf(name: string, change: ViewChange): ContainerView {
  const { state, ...rest } = change;
  return {
    id: `${name}-id`,
    name,
    image: 'host:',
    runtime: 'tsgov',
    command: ['true'],
    labels: {},
    createdAt: '2026-01-01T00:00:00Z',
    limits: {},
    limitSources: {},
    conditions: [],
    policies: [],
    cgroups: {},
    restart: 'no',
    restartCount: 0,
    tty: false,
    stdin: false,
    autoRemove: false,
    stopSignal: 'SIGTERM',
    bundle: '/b',
    logPath: null,
    ...rest,
    state: {
      status: 'running',
      pid: null,
      exitCode: null,
      oomKilled: false,
      startedAt: '2026-01-01T00:00:01.500Z',
      finishedAt: null,
      error: null,
      ...state,
    },
  };
}
