import type { ContainerUsage } from '#agent/contract/usage.js';

/** Figures of one container for a row: absent is what its host or this moment does not have. */
export interface Row {
  usage: ContainerUsage;
  /** 0 to 100: what waits most, as `pressure` names it. */
  score: number;
  pressure: string;
  cpuCores: number | undefined;
  /** Cores it may use; undefined: all. */
  cpuMax: number | undefined;
  throttled: number | undefined;
  memoryBytes: number | undefined;
  memoryMax: number | undefined;
  memoryHigh: number | undefined;
  pids: number | undefined;
  pidsMax: number | undefined;
  readBps: number | undefined;
  writeBps: number | undefined;
}

export type Level = 'calm' | 'warm' | 'hot';
export type SortKey = 'pressure' | 'name' | 'cpu' | 'memory';

/** What waits, worst first when alike: signal → word. */
const WAITS: readonly (readonly [string, string])[] = [
  ['memory.full.avg10', 'memory'],
  ['memory.some.avg10', 'memory'],
  ['io.some.avg10', 'io'],
  ['cpu.throttled', 'quota'],
  ['cpu.some.avg10', 'cpu'],
];
/** From here on a share of the limit counts as pressure of its own. */
const NEARLY_FULL = 0.9;

/** What a row is made of. */
export const ROW_SIGNALS: readonly string[] = [
  ...WAITS.map(([signal]) => signal),
  'cpu.usage',
  'memory.current',
  'pids.current',
  'io.read',
  'io.write',
];

export function rowOf(usage: ContainerUsage): Row {
  const { signals, limits } = usage;
  const row = {
    usage,
    cpuCores: signals['cpu.usage'],
    cpuMax: bound(limits['cpu.max']),
    throttled: signals['cpu.throttled'],
    memoryBytes: signals['memory.current'],
    memoryMax: bound(limits['memory.max']),
    memoryHigh: bound(limits['memory.high']),
    pids: signals['pids.current'],
    pidsMax: bound(limits['pids.max']),
    readBps: signals['io.read'],
    writeBps: signals['io.write'],
  };
  return { ...row, ...pressureOf(row) };
}

/** Rows in the order that is asked for; those alike by name, so that they do not jump. */
export function sorted(rows: readonly Row[], key: SortKey, filter: string): Row[] {
  const wanted = filter.trim().toLowerCase();
  const kept = rows.filter(({ usage }) => wanted === '' || textOf(usage).includes(wanted));
  return kept.sort((a, b) => FIGURE[key](b) - FIGURE[key](a) || byName(a, b));
}

export function levelOf(percent: number): Level {
  if (percent >= 40) return 'hot';
  return percent >= 10 ? 'warm' : 'calm';
}

/** Use of a limit, 0 to 1 and above; undefined: there is no limit or no figure. */
export function share(value: number | undefined, max: number | undefined): number | undefined {
  return value === undefined || max === undefined || max <= 0 ? undefined : value / max;
}

type Figures = Pick<Row, 'usage' | 'memoryBytes' | 'memoryMax' | 'pids' | 'pidsMax'>;

function pressureOf(row: Figures): Pick<Row, 'score' | 'pressure'> {
  const { status, signals } = row.usage;
  if (status === 'frozen') return { score: 0, pressure: 'frozen' };
  const waits = WAITS.map(([signal, word]) => ({ score: signals[signal] ?? 0, pressure: word }));
  const full = [
    { score: nearness(share(row.memoryBytes, row.memoryMax)), pressure: 'memory' },
    { score: nearness(share(row.pids, row.pidsMax)), pressure: 'pids' },
  ];
  const worst = [...waits, ...full].reduce((a, b) => (b.score > a.score ? b : a));
  return worst.score < 0.05 ? { score: 0, pressure: '' } : worst;
}

/** 90 % of a limit is 10, the limit itself 40. */
function nearness(part: number | undefined): number {
  if (part === undefined || part < NEARLY_FULL) return 0;
  return 10 + (Math.min(1, part) - NEARLY_FULL) * 300;
}

const FIGURE: Record<SortKey, (row: Row) => number> = {
  // In steps, so that rows do not change places at every tick.
  pressure: (row) => Math.round(row.score / 5),
  name: () => 0,
  cpu: (row) => row.cpuCores ?? -1,
  memory: (row) => row.memoryBytes ?? -1,
};

function byName({ usage: a }: Row, { usage: b }: Row): number {
  return a.name.localeCompare(b.name) || a.id.localeCompare(b.id);
}

function textOf({ name, id, image, runtime, status, policies }: ContainerUsage): string {
  return [name, id, image, runtime, status, ...policies].join('\n').toLowerCase();
}

function bound(value: number | string | boolean | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
