import { BLOCK_IO_BYTES } from '#agent/bpf/block-io.js';
import { LATENCY_SLOTS } from '#agent/bpf/sum-source.js';
import { ActCounts } from '#agent/governor/act/counts.js';
import { TICK_BUCKETS } from '#agent/governor/tick.js';
import { FAMILIES } from '#agent/metrics/families.js';
import { createMetrics, type MetricsOptions } from '#agent/metrics/metrics.js';
import { FixtureBackend } from './metrics-fixture.js';

/** Every metric the agent can have, by name with its labels: /metrics of an agent in which everything has happened. */
export async function metricCatalogue(sources: Pick<MetricsOptions, 'procRoot' | 'sysRoot'>): Promise<Map<string, Set<string>>> {
  const metrics = parseMetrics(await createMetrics({ ...sources, ...everything() }).render());
  // What is read of cgroups has no series without one.
  for (const { name } of FAMILIES) if (!metrics.has(name)) metrics.set(name, new Set(['id', 'name', 'image']));
  return metrics;
}

/** Names of a text of metrics, each with the labels its series have. */
export function parseMetrics(text: string): Map<string, Set<string>> {
  const metrics = new Map<string, Set<string>>();
  for (const line of text.split('\n')) {
    const [, name, labels = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name === undefined) continue;
    const known = metrics.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) known.add(label);
    metrics.set(name, known);
  }
  return metrics;
}

function everything(): Omit<MetricsOptions, 'procRoot' | 'sysRoot'> {
  const backend = new FixtureBackend();
  const [web] = backend.views;
  if (web === undefined) throw new Error('no container in the fixture');
  web.policies = ['batch'];
  web.conditions = [{ type: 'DriftWar', reason: 'OtherWriter', message: 'x' }];
  const rules = new ActCounts();
  rules.add({ policy: 'batch', rule: 'back-off', action: 'freeze', result: 'done' });
  return {
    version: '1',
    node: { cpus: 2, memoryBytes: 4, swapBytes: 0 },
    backend,
    cgroupMounts: [],
    cgroupParent: '/tsgov',
    labelAllow: [],
    clock: { nowMs: () => 0 },
    onFault: (error) => {
      throw error;
    },
    rules,
    ticks: { figures: { ticks: 1, seconds: 1, late: 0, buckets: TICK_BUCKETS.map(() => 1) }, openFiles: () => 1 },
    drift: {
      counts: () => [{ field: 'memory.max', cause: 'fanotify', count: 1 }],
      repairs: { bounds: [0.1], sum: 1, cumulated: () => [1, 1] },
      overflows: 0,
      watching: 'fanotify',
    },
    kept: {
      journal: { failure: undefined, writtenRows: 1, lostRows: 0 },
      history: { failure: undefined, writtenSamples: 1, lostSamples: 0 },
    },
    bpf: {
      container: () => ({
        runQueue: new Float64Array(LATENCY_SLOTS + 1),
        blockIo: new Map([['8:0 write', new Float64Array(BLOCK_IO_BYTES + 1)]]),
        tcp: new Float64Array(6),
        processes: new Float64Array(3),
      }),
      own: () => ({
        collectors: [{ name: 'TCP', object: 'tcp.bpf.o', state: 'on' }],
        costs: [{ program: 'tcp_state', object: 'tcp.bpf.o', runs: 3, runTimeNs: 1500, missed: 1 }],
        drops: [{ object: 'tcp.bpf.o', ringFull: 0, mapFull: 7 }],
      }),
    },
  };
}
