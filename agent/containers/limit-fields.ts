import type { CpuLimits, CpusetLimits, IoDeviceLimits, IoLimits, Limits, MemoryLimits } from '#runtime/cgroup/limits.js';

type Value = string | number | boolean;

/** One limit as a user names it, in the runtime's Limits. */
interface FieldEntry {
  path: string;
  value: Value;
}

const CPU = {
  maxCores: 'max',
  periodUsec: 'period',
  burstUsec: 'burst',
  weight: 'weight',
  shares: 'shares',
  idle: 'idle',
} as const;
const CPUSET = { cpus: 'cpus', mems: 'mems', partition: 'partition' } as const;
const MEMORY = {
  maxBytes: 'max',
  highBytes: 'high',
  lowBytes: 'low',
  minBytes: 'min',
  swapMaxBytes: 'swap',
  oomGroup: 'oomGroup',
} as const;
const IO = { weight: 'weight', blkioWeight: 'blkioWeight' } as const;
export const IO_DEVICE = {
  readBytesPerSec: 'readBps',
  writeBytesPerSec: 'writeBps',
  readIops: 'readIops',
  writeIops: 'writeIops',
  latencyUsec: 'latency',
} as const;

/** What the kernel holds where nobody asked for a limit: what a dropped one goes back to. */
const UNLIMITED: Readonly<Record<string, Value>> = {
  'cpu.max': 'max',
  'cpu.period': 100_000,
  'cpu.burst': 0,
  'cpu.weight': 100,
  'cpu.shares': 1024,
  'cpu.idle': false,
  'cpuset.cpus': '',
  'cpuset.mems': '',
  'cpuset.partition': 'member',
  'memory.max': 'max',
  'memory.high': 'max',
  'memory.low': 0,
  'memory.min': 0,
  'memory.swap': 'max',
  'memory.oomGroup': false,
  'io.weight': 100,
  'io.blkioWeight': 100,
  'pids.max': 'max',
  state: 'thawed',
};

/** What the limit at `path` is when nothing sets it (a device's rates and hugetlb pages: `max`). */
export function unlimitedValue(path: string): Value {
  return UNLIMITED[path] ?? 'max';
}

/** Every limit that is set, by the path users know it by: `memory.max`, `io.devices[8:0].readBps`, `hugetlb.2MB`. */
export function limitEntries(limits: Limits): FieldEntry[] {
  const entries: FieldEntry[] = [];
  const add = (path: string, value: Value | undefined): void => {
    if (value !== undefined) entries.push({ path, value });
  };
  for (const [key, word] of pairs(CPU)) add(`cpu.${word}`, limits.cpu?.[key]);
  for (const [key, word] of pairs(CPUSET)) add(`cpuset.${word}`, limits.cpuset?.[key]);
  for (const [key, word] of pairs(MEMORY)) add(`memory.${word}`, limits.memory?.[key]);
  for (const [key, word] of pairs(IO)) add(`io.${word}`, limits.io?.[key]);
  for (const device of limits.io?.devices ?? [])
    for (const [key, word] of pairs(IO_DEVICE)) add(`io.devices[${deviceKey(device)}].${word}`, device[key]);
  add('pids.max', limits.pids?.max);
  for (const [page, value] of Object.entries(limits.hugetlb ?? {})) add(`hugetlb.${page}`, value);
  add('state', limits.state);
  return entries;
}

/** The parts of Limits that these paths lie in. */
export function slicesOf(paths: Iterable<string>): (keyof Limits)[] {
  return [...new Set([...paths].map((path) => split(path)[0] as keyof Limits))];
}

/** What a user called a disk, and what was found. */
export type DiskNames = ReadonlyMap<string, Pick<IoDeviceLimits, 'asked' | 'disk'>>;

/** Limits with these entries; `names` has what the user called each device (MAJ:MIN itself where nobody said). */
export function limitsFromEntries(entries: Iterable<readonly [string, Value]>, names: DiskNames): Limits {
  const cpu: Record<string, Value> = {};
  const cpuset: Record<string, Value> = {};
  const memory: Record<string, Value> = {};
  const io: Record<string, Value> = {};
  const hugetlb: Record<string, Value> = {};
  const devices = new Map<string, IoDeviceLimits>();
  const limits: Limits = {};
  for (const [path, value] of entries) {
    const [group, word = ''] = split(path);
    if (group === 'cpu') cpu[keyOf(CPU, word)] = value;
    else if (group === 'cpuset') cpuset[keyOf(CPUSET, word)] = value;
    else if (group === 'memory') memory[keyOf(MEMORY, word)] = value;
    else if (group === 'hugetlb') hugetlb[word] = value;
    else if (group === 'pids') limits.pids = { max: value as number | 'max' };
    else if (group === 'state') limits.state = value as 'thawed' | 'frozen';
    else if (word.startsWith('devices[')) setDevice(devices, word, value, names);
    else io[keyOf(IO, word)] = value;
  }
  if (Object.keys(cpu).length > 0) limits.cpu = cpu as CpuLimits;
  if (Object.keys(cpuset).length > 0) limits.cpuset = cpuset as CpusetLimits;
  if (Object.keys(memory).length > 0) limits.memory = memory as MemoryLimits;
  if (Object.keys(hugetlb).length > 0) limits.hugetlb = hugetlb as Record<string, number | 'max'>;
  if (devices.size > 0 || Object.keys(io).length > 0)
    limits.io = { ...(io as IoLimits), ...(devices.size > 0 ? { devices: [...devices.values()] } : {}) };
  return limits;
}

export function deviceKey(device: Pick<IoDeviceLimits, 'major' | 'minor'>): string {
  return `${device.major}:${device.minor}`;
}

/** The names by MAJ:MIN that these limits' disks have. */
export function diskNames(layers: readonly Limits[]): DiskNames {
  const devices = layers.flatMap(({ io }) => io?.devices ?? []);
  return new Map(
    devices.map((device) => [
      deviceKey(device),
      { asked: device.asked, ...(device.disk !== undefined && { disk: device.disk }) },
    ]),
  );
}

const DEVICE_PATH = /^devices\[(\d+):(\d+)\]\.(\w+)$/;

function setDevice(devices: Map<string, IoDeviceLimits>, word: string, value: Value, names: DiskNames): void {
  const match = DEVICE_PATH.exec(word);
  if (match === null) throw new RangeError(`no such limit: io.${word}`);
  const key = `${match[1]}:${match[2]}`;
  const device = devices.get(key) ?? { major: Number(match[1]), minor: Number(match[2]), ...(names.get(key) ?? { asked: key }) };
  devices.set(key, { ...device, [keyOf(IO_DEVICE, match[3]!)]: value });
}

function split(path: string): [string, string?] {
  const dot = path.indexOf('.');
  return dot < 0 ? [path] : [path.slice(0, dot), path.slice(dot + 1)];
}

function pairs<K extends string>(table: Readonly<Record<K, string>>): Array<[K, string]> {
  return Object.entries(table) as Array<[K, string]>;
}

function keyOf(table: Readonly<Record<string, string>>, word: string): string {
  for (const [key, name] of Object.entries(table)) if (name === word) return key;
  throw new RangeError(`no such limit: ${word}`);
}
