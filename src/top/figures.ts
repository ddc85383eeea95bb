import type { Figures, NodeFigures } from './rows.js';

type Values = Readonly<Record<string, number | undefined>>;
type Limits = Readonly<Record<string, number | string | boolean | undefined>>;

const OF_SIGNAL = {
  cpuCores: 'cpu.usage',
  throttledPercent: 'cpu.throttled',
  memoryBytes: 'memory.current',
  swapBytes: 'memory.swap.current',
  cpuSome: 'cpu.some.avg10',
  cpuFull: 'cpu.full.avg10',
  memorySome: 'memory.some.avg10',
  memoryFull: 'memory.full.avg10',
  ioSome: 'io.some.avg10',
  ioFull: 'io.full.avg10',
  readBps: 'io.read',
  writeBps: 'io.write',
  receiveBps: 'network.receive',
  transmitBps: 'network.transmit',
  pids: 'pids.current',
} as const satisfies Partial<Record<keyof Figures, string>>;

const OF_LIMIT = {
  cpuMaxCores: 'cpu.max',
  memoryMaxBytes: 'memory.max',
  memoryHighBytes: 'memory.high',
  pidsMax: 'pids.max',
} as const satisfies Partial<Record<keyof Figures, string>>;

/** Signals that figures are made of: no others have to be asked for. */
export const FIGURE_SIGNALS: readonly string[] = Object.values(OF_SIGNAL);

/** What a container uses, from signals of a tick and the limits wanted, live or recorded; `max` is no limit. Pure. */
export function figuresOf(signals: Values, limits: Limits): Figures {
  const figures: { -readonly [K in keyof Figures]: Figures[K] } = {};
  for (const name of keysOf(OF_SIGNAL)) {
    const value = signals[OF_SIGNAL[name]];
    if (value !== undefined) figures[name] = value;
  }
  for (const name of keysOf(OF_LIMIT)) {
    const limit = limits[OF_LIMIT[name]];
    if (typeof limit === 'number') figures[name] = limit;
  }
  return figures;
}

/** The node's pressure, from signals of a tick. Pure. */
export function nodePressure(signals: Values): Pick<NodeFigures, 'cpuSome' | 'memorySome' | 'memoryFull' | 'ioSome' | 'ioFull'> {
  return present({
    cpuSome: signals['node.cpu.some.avg10'],
    memorySome: signals['node.memory.some.avg10'],
    memoryFull: signals['node.memory.full.avg10'],
    ioSome: signals['node.io.some.avg10'],
    ioFull: signals['node.io.full.avg10'],
  });
}

function keysOf<T extends object>(object: T): (keyof T)[] {
  return Object.keys(object) as (keyof T)[];
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends object>(object: T): Present<T> {
  const kept: Present<T> = {};
  for (const key in object) {
    const value = object[key];
    if (value !== undefined) kept[key] = value as Exclude<T[typeof key], undefined>;
  }
  return kept;
}
