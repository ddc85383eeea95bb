import type { ContainerView } from '#agent/contract/container.js';
import type { JournalEntry } from '#agent/contract/journal.js';
import type { Details } from '#src/top/container/details.js';
import { idOf, MIB, SCENE_MS } from './top-scenario.js';

/** What is known of `api`: quota reached for three minutes of the last five. */
export function sceneDetails(): Details {
  const seconds = 3600;
  const timesMs = Array.from({ length: seconds }, (_, index) => SCENE_MS - (seconds - index) * 1000);
  const series = (of: (second: number) => number): number[] => timesMs.map((_, index) => of(index - seconds));
  const busy = (second: number): boolean => second > -180;
  const wave = (second: number, long: number): number => (1 + Math.sin((second * 2 * Math.PI) / long)) / 2;
  return {
    view: sceneView(),
    samples: [
      {
        atMs: SCENE_MS,
        values: {
          'cpu.usage': 0.49,
          'cpu.throttled': 91,
          'memory.current': 210 * MIB,
          'memory.anon': 150 * MIB,
          'memory.file': 48 * MIB,
          'memory.swap.current': 0,
          'network.receive': 1_240_000,
          'network.transmit': 8_900_000,
        },
      },
    ],
    history: {
      timesMs,
      stepMs: 1000,
      fields: {
        'cpu.usage': series((second) => (busy(second) ? 0.47 + 0.03 * wave(second, 7) : 0.05 + 0.2 * wave(second, 60))),
        'cpu.throttled': series((second) => (busy(second) ? 60 + 31 * wave(second, 31) : 0)),
        'memory.current': series((second) => (170 + 40 * Math.max(0, 1 + second / 600)) * MIB),
        'memory.anon': series(() => 150 * MIB),
        'cpu.some.avg10': series((second) => (busy(second) ? 60 + 30 * wave(second, 90) : 2)),
        'cpu.full.avg10': series((second) => (busy(second) ? 55 + 30 * wave(second, 90) : 1)),
        'memory.some.avg10': series(() => 0),
        'memory.full.avg10': series(() => 0),
        'io.some.avg10': series((second) => 6 * wave(second, 45)),
        'io.full.avg10': series((second) => 4 * wave(second, 45)),
        'io.read': series((second) => 2_000_000 * wave(second, 120)),
        'io.write': series((second) => (second % 60 > -8 ? 9_000_000 : 100_000)),
        'pids.current': series(() => 42),
        'network.receive': series((second) => 1_000_000 * (0.4 + wave(second, 75))),
        'network.transmit': series((second) => (busy(second) ? 8_000_000 : 3_000_000) * (0.8 + 0.2 * wave(second, 20))),
      },
    },
    processes: [
      process(4100, 1, 'node /srv/api/server.js', { cpuPercent: 2 }),
      process(4101, 7, 'node /srv/api/worker.js --queue=mail', { depth: 1, cpuPercent: 23.5, state: 'R' }),
      process(4102, 8, 'node /srv/api/worker.js --queue=pdf', { depth: 1, cpuPercent: 22.9, state: 'R', rssBytes: 81 * MIB }),
      process(4150, 31, 'wkhtmltopdf --quiet - -', { depth: 2, state: 'D', wchan: 'folio_wait_bit_common' }),
      process(4163, 44, 'sh', { depth: 1, command: '', state: 'Z', name: 'sh', rssBytes: 0 }),
    ],
    namespaces: (['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup', 'user', 'time'] as const).map((type, index) => ({
      inode: 4_026_532_400 + index,
      type,
      processes: 5,
      oldest: { pid: 4100, command: 'node /srv/api/server.js', uid: 0, user: 'root' },
      host: index > 5,
      container: null,
      containers: [
        { id: idOf('api'), name: 'api', runtime: 'tsgov' },
        ...(type === 'net' ? [{ id: idOf('cache'), name: 'cache', runtime: 'podman' }] : []),
      ],
      parent: null,
      userNamespace: null,
      ownerUid: null,
      holders: [],
    })),
    latency: {
      now: {
        id: idOf('api'),
        name: 'api',
        runQueue: histogram([0, 10, 400, 9000, 31_000, 8000, 900, 120, 40, 15, 9, 4, 60, 220, 410, 90, 3]),
        blockIo: [
          { device: '254:0', operation: 'read', counts: histogram([0, 0, 0, 0, 0, 2, 80, 900, 420, 60, 12, 4, 1]) },
          { device: '254:0', operation: 'write', counts: histogram([0, 0, 0, 0, 0, 0, 10, 60, 200, 310, 90, 31, 8, 2, 1]) },
        ],
        off: [],
      },
      intervals: Array.from({ length: 60 }, (_, index) => ({
        atMs: SCENE_MS - (60 - index) * 1000,
        runQueue: histogram([
          0,
          0,
          9,
          150,
          500,
          130,
          15,
          2,
          1,
          0,
          0,
          0,
          index > 20 ? 1 : 0,
          index > 20 ? 4 : 0,
          index > 20 ? 7 : 0,
          index > 30 ? 2 : 0,
        ]),
        read: histogram([0, 0, 0, 0, 0, 0, index % 3, 12, 5, 1]),
        write: histogram([0, 0, 0, 0, 0, 0, 0, 1, 3, index % 9 === 0 ? 20 : 4, 1]),
      })),
    },
    why: {
      id: idOf('api'),
      name: 'api',
      time: new Date(SCENE_MS).toISOString(),
      status: 'running',
      windowMs: 2000,
      factors: [
        {
          kind: 'cpu-quota',
          sharePercent: 84,
          summary: 'its quota ran out in 18 of 20 periods',
          figures: { periods: 20, throttled: 18, throttledMs: 1680 },
          field: 'cpu.max',
          setBy: 'policy/web',
          changed: { time: '2026-11-21T03:09:41Z', actor: 'user', reason: 'policy apply web' },
          others: [],
          advice: 'raise cpu.max: it would use about 1.1 cores',
        },
        {
          kind: 'io-disk',
          sharePercent: 6,
          summary: 'waits for vda, which is busy',
          figures: { ioSomeMs: 120 },
          field: null,
          setBy: null,
          changed: null,
          others: [
            { id: idOf('etl'), name: 'etl', figure: '129 MB/s' },
            { id: idOf('db'), name: 'db', figure: '22 MB/s' },
          ],
          advice: 'limit io of etl, or give api a larger io.weight',
        },
      ],
      unknown: ['whether its weight or its neighbours take CPU: cgroup v1 has no cpu.weight.nice'],
    },
    journal: [
      entry(9, 90, 'drift-guard', 'drift', 'cpu.max', 'max', 0.5, 'written by bash (pid 993)'),
      entry(8, 184, 'user', 'limit', 'cpu.max', 1.5, 0.5, 'policy apply web'),
      entry(7, 2000, 'rule/web/calm', 'freeze', null, null, null, 'memory.some.avg10 31 above 20 for 10s'),
    ],
    drift: {
      id: idOf('api'),
      name: 'api',
      watching: 'fanotify',
      total: 1,
      wars: [],
      drifts: [
        {
          time: new Date(SCENE_MS - 90_000).toISOString(),
          field: 'cpu.max',
          from: 'max',
          to: 0.5,
          source: 'policy/web',
          cause: 'fanotify',
          writer: { pid: 993, gone: false, comm: 'bash' },
          repaired: true,
          repairMs: 3.2,
        },
      ],
    },
    log: Array.from({ length: 40 }, (_, index) => ({
      time: new Date(SCENE_MS - (40 - index) * 700).toISOString(),
      stream: index % 9 === 4 ? ('stderr' as const) : ('stdout' as const),
      text:
        index % 9 === 4
          ? `WARN request ${index} took 2311 ms`
          : `GET /v1/orders/${1000 + index} 200 in ${30 + ((index * 37) % 90)} ms`,
    })),
    failures: {},
  };
}

function entry(
  id: number,
  secondsAgo: number,
  actor: string,
  action: JournalEntry['action'],
  field: string | null,
  before: JournalEntry['before'],
  after: JournalEntry['after'],
  reason: string,
): JournalEntry {
  return {
    id,
    time: new Date(SCENE_MS - secondsAgo * 1000).toISOString(),
    container: { id: idOf('api'), name: 'api', image: 'host:', runtime: 'tsgov' },
    actor,
    action,
    field,
    reason,
    before,
    after,
    result: 'done',
    error: null,
    undo: null,
    values: {},
  };
}

function process(
  pid: number,
  containerPid: number,
  command: string,
  change: Partial<Details['processes'][number]>,
): Details['processes'][number] {
  return {
    pid,
    containerPid,
    ppid: 1,
    user: 1000,
    containerUser: 1000,
    userName: 'app',
    hostUserName: null,
    group: 1000,
    state: 'S',
    threads: 11,
    kernelThread: false,
    rssBytes: 48 * MIB,
    swapBytes: 0,
    cpuUsec: 1,
    cpuPercent: 0,
    startedAt: '2026-11-21T01:00:00Z',
    name: 'node',
    command,
    wchan: 'ep_poll',
    capabilities: [],
    seccomp: 'filter',
    noNewPrivs: true,
    cgroup: '/tsgov/api',
    depth: 0,
    ...change,
  };
}

function sceneView(): ContainerView {
  return {
    id: idOf('api'),
    name: 'api',
    image: 'host:',
    runtime: 'tsgov',
    command: ['node', '/srv/api/server.js'],
    labels: { tier: 'web' },
    createdAt: '2026-11-21T01:00:00Z',
    state: {
      status: 'running',
      pid: 4100,
      exitCode: null,
      oomKilled: false,
      startedAt: '2026-11-21T01:00:01Z',
      finishedAt: null,
      error: null,
    },
    limits: {
      cpu: { max: 0.5, weight: 200 },
      memory: { max: 512 * MIB, high: 400 * MIB, swap: 0 },
      pids: { max: 256 },
      cpuset: { cpus: '0-3' },
    },
    limitSources: {
      'cpu.max': 'policy/web',
      'cpu.weight': 'run',
      'memory.max': 'run',
      'memory.high': 'override',
      'memory.swap': 'run',
      'pids.max': 'run',
    },
    conditions: [{ type: 'LimitUnsupported', field: 'memory.high', reason: 'V1', message: 'cgroup v1 has no memory.high' }],
    policies: ['web'],
    cgroups: { cpu: '/tsgov/api', memory: '/tsgov/api', unified: '/tsgov/api' },
    restart: 'always',
    restartCount: 2,
    tty: false,
    stdin: false,
    autoRemove: false,
    stopSignal: 'SIGTERM',
    bundle: '/b',
    logPath: '/l',
  };
}

function histogram(counts: readonly number[]): number[] {
  return [...counts, ...Array<number>(27 - counts.length).fill(0)];
}
