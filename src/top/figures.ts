import type { Figures, NodeFigures } from './rows.js';

type Values = Readonly<Record<string, number | undefined>>;
type Limits = Readonly<Record<string, number | string | boolean | undefined>>;

/** What a container uses, from signals of a tick and the limits wanted, live or recorded. Pure. */
export function figuresOf(signals: Values, limits: Limits): Figures {
  return present({
    cpuCores: signals['cpu.usage'],
    cpuMaxCores: amount(limits['cpu.max']),
    throttledPercent: signals['cpu.throttled'],
    memoryBytes: signals['memory.current'],
    memoryMaxBytes: amount(limits['memory.max']),
    memoryHighBytes: amount(limits['memory.high']),
    swapBytes: signals['memory.swap.current'],
    cpuSome: signals['cpu.some.avg10'],
    cpuFull: signals['cpu.full.avg10'],
    memorySome: signals['memory.some.avg10'],
    memoryFull: signals['memory.full.avg10'],
    ioSome: signals['io.some.avg10'],
    ioFull: signals['io.full.avg10'],
    readBps: signals['io.read'],
    writeBps: signals['io.write'],
    receiveBps: signals['network.receive'],
    transmitBps: signals['network.transmit'],
    pids: signals['pids.current'],
    pidsMax: amount(limits['pids.max']),
  });
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

/** `max` is no limit. */
function amount(limit: number | string | boolean | undefined): number | undefined {
  return typeof limit === 'number' ? limit : undefined;
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
