import type { EventView } from '#agent/contract/container.js';
import type { Figures, NodeFigures, Row } from '#src/top/rows.js';

/** A node at one moment, always the same: `api` is throttled by its quota, `etl` eats the memory, `db` waits for the disk. */
export const SCENE_MS = Date.parse('2026-11-21T03:12:45Z');
export const MIB = 1 << 20;

export const SCENE_NODE: NodeFigures = {
  hostname: 'node-7',
  cpus: 4,
  coresPercent: [97, 41, 88, 12],
  busyCores: 2.38,
  memoryTotalBytes: 8192 * MIB,
  memoryUsedBytes: 6710 * MIB,
  swapTotalBytes: 2048 * MIB,
  swapUsedBytes: 310 * MIB,
  cpuSome: 38.2,
  memorySome: 12.4,
  memoryFull: 3.1,
  ioSome: 22.5,
  ioFull: 9.8,
  load: [5.21, 3.8, 2.02],
};

const CALM: Figures = { cpuSome: 0, cpuFull: 0, memorySome: 0, memoryFull: 0, ioSome: 0, ioFull: 0, readBps: 0, writeBps: 0 };

export const SCENE_ROWS: readonly Row[] = [
  row(
    'api',
    { policies: ['web'], restarts: 2 },
    {
      cpuCores: 0.49,
      cpuMaxCores: 0.5,
      throttledPercent: 91,
      memoryBytes: 210 * MIB,
      memoryMaxBytes: 512 * MIB,
      memoryHighBytes: 400 * MIB,
      cpuSome: 88.1,
      cpuFull: 84,
      pids: 42,
      pidsMax: 256,
      receiveBps: 1_240_000,
      transmitBps: 8_900_000,
    },
  ),
  row(
    'etl',
    { policies: ['batch'], drifts: 3 },
    {
      cpuCores: 0.94,
      throttledPercent: 0,
      memoryBytes: 2010 * MIB,
      memoryMaxBytes: 2048 * MIB,
      memoryHighBytes: 1843 * MIB,
      swapBytes: 310 * MIB,
      memorySome: 61.2,
      memoryFull: 44,
      ioSome: 30,
      ioFull: 12,
      readBps: 88_000_000,
      writeBps: 41_000_000,
      pids: 9,
    },
  ),
  row(
    'db',
    { runtime: 'docker', image: 'postgres:17' },
    {
      cpuCores: 0.31,
      memoryBytes: 1450 * MIB,
      ioSome: 71,
      ioFull: 55.5,
      readBps: 3_400_000,
      writeBps: 19_000_000,
      pids: 77,
    },
  ),
  row(
    'cache',
    { runtime: 'podman', image: 'docker.io/library/redis:8' },
    { cpuCores: 0.04, memoryBytes: 96 * MIB, memoryMaxBytes: 128 * MIB, pids: 5 },
  ),
  row('nightly', { status: 'frozen', policies: ['batch'] }, { cpuCores: 0, memoryBytes: 700 * MIB, pids: 3 }),
  row('old-job', { status: 'exited', restarts: 7 }, undefined),
  row('kubelet.service', { runtime: 'systemd', image: '' }, { cpuCores: 0.12, memoryBytes: 130 * MIB, pids: 24 }),
  row('日本語-ログ', { image: 'rootfs:/srv/ja' }, { cpuCores: 0.01, memoryBytes: 12 * MIB, pids: 1 }),
];

/** The scene's containers again and again, so many in all. */
export function manyRows(count: number): Row[] {
  return Array.from({ length: count }, (_, index): Row => {
    const row = SCENE_ROWS[index % SCENE_ROWS.length]!;
    return { ...row, id: `${String(index).padStart(6, '0')}${row.id}`.slice(0, 64), name: `${row.name}-${index}` };
  });
}

/** One whose texts try to break a screen: escape sequences, controls, text from right to left, emoji, marks without end. */
export const HOSTILE_ROW: Row = row(
  'evil',
  {
    name: '\u001b[2J\u001b]0;pwned\u0007a\rb\nc\u009b31m\u202eright\u2066to\u200fleft 👩‍👩‍👧‍👦 e\u0301\u0301\u0301\u0301\u0301\u0301',
    image: '\u001bPq#0;2;0;0;0\u001b\\ \u001b]52;c;cHduZWQ=\u0007',
  },
  { cpuCores: 0.02, memoryBytes: 5 * MIB, pids: 1 },
);

export const SCENE_EVENTS: readonly EventView[] = [
  event(1, 300, 'start', 'cache'),
  event(2, 240, 'limit', 'etl', { field: 'memory.high', before: 2048 * MIB, after: 1843 * MIB, actor: 'rule/batch/back-off' }),
  event(3, 90, 'drift', 'etl', { field: 'memory.max', from: 'max', to: 2048 * MIB, writer: 'bash' }),
  event(4, 42, 'oom', 'old-job', { victim: 'python3', victimPid: 4242 }),
  event(5, 41, 'die', 'old-job', { exitCode: 137 }),
  event(6, 8, 'freeze', 'nightly', { by: 'schedule/batch' }),
];

function row(id: string, change: Partial<Row>, figures: Figures | undefined): Row {
  return {
    id: idOf(id),
    name: id,
    image: 'host:',
    runtime: 'tsgov',
    status: 'running',
    policies: [],
    restarts: 0,
    drifts: 0,
    figures: figures === undefined ? {} : { ...CALM, ...figures },
    ...change,
  };
}

export function idOf(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64);
}

function event(id: number, secondsAgo: number, type: string, name: string, attributes: EventView['attributes'] = {}): EventView {
  const time = new Date(SCENE_MS - secondsAgo * 1000).toISOString();
  return { id, time, type, container: { id: idOf(name), name, image: 'host:', runtime: 'tsgov' }, attributes };
}
