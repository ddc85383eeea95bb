import type { ContainerSnapshot, Snapshot } from '#agent/contract/snapshot.js';

/** A container of a snapshot, changed as a test wants it. */
export function containerSnapshot(id: string, change: Partial<ContainerSnapshot> = {}): ContainerSnapshot {
  return {
    id: id.repeat(64).slice(0, 64),
    name: `name-${id}`,
    image: 'host:',
    labels: { tier: 'batch' },
    runtime: 'tsgov',
    cgroup: `/tsgov/${id}`,
    frozen: false,
    ending: false,
    limits: { 'memory.max': 1 << 30, 'cpu.max': 1.5 },
    signals: {},
    memory: {},
    ...change,
  };
}

/** A tick. */
export function snapshotAt(atMs: number, containers: ContainerSnapshot[]): Snapshot {
  return {
    atMs,
    monotonicMs: atMs,
    node: { signals: { 'node.memory.available': 50 }, memTotalBytes: 8 * 2 ** 30, cpus: 2, busyCores: 0.5 },
    containers,
  };
}
