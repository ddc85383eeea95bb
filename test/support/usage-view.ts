import type { ContainerUsage, UsageView } from '#agent/contract/usage.js';
import type { MemoryEyes } from './memory-eyes.js';

const GIB = 2 ** 30;

/** A container that runs, as a tick sees it. */
export function containerUsage(name: string, change: Partial<ContainerUsage> = {}): ContainerUsage {
  return {
    id: `${Buffer.from(name).toString('hex')}0`,
    name,
    image: 'host:',
    runtime: 'tsgov',
    status: 'running',
    restartCount: 0,
    policies: [],
    drifts: 0,
    limits: { 'cpu.max': 1, 'memory.max': 64 << 20, 'pids.max': 100 },
    ...change,
    signals: {
      'cpu.usage': 0.5,
      'cpu.throttled': 0,
      'memory.current': 16 << 20,
      'pids.current': 3,
      'cpu.some.avg10': 0,
      'memory.some.avg10': 0,
      'io.some.avg10': 0,
      ...change.signals,
    },
  };
}

/** A view of a node with these containers at the n-th second. */
export function usageView(second: number, containers: ContainerUsage[]): UsageView {
  const time = new Date(Date.parse('2026-01-01T00:00:00Z') + second * 1000).toISOString();
  return {
    time,
    tickTime: time,
    node: {
      hostname: 'box',
      cpus: [0, 1].map((cpu) => ({
        busyUsec: second * 400_000 * (cpu + 1),
        idleUsec: second * (1_000_000 - 400_000 * (cpu + 1)),
      })),
      busyCores: 1.2,
      memTotalBytes: 8 * GIB,
      memAvailableBytes: 6 * GIB,
      swapTotalBytes: GIB,
      swapFreeBytes: GIB / 2,
      load: [1.25, 0.5, 0.25],
      signals: { 'node.cpu.some.avg10': 12, 'node.memory.some.avg10': 0, 'node.io.some.avg10': 55 },
    },
    containers,
  };
}

/** Has the eyes of a test API see `containers()`, a second later at each look. */
export function showUsage(eyes: MemoryEyes, containers: () => ContainerUsage[]): void {
  let second = 0;
  eyes.usage = () => {
    second += 1;
    return usageView(second, containers());
  };
}
