import { BLOCK_IO_BYTES } from '#agent/bpf/block-io.js';
import { LATENCY_SLOTS } from '#agent/bpf/sum-source.js';
import { ActCounts } from '#agent/governor/act/counts.js';
import { TICK_BUCKETS } from '#agent/governor/tick.js';
import { CATALOGUE, CONTAINER_LABELS } from '#agent/metrics/catalogue.js';
import { createMetrics, type MetricsOptions } from '#agent/metrics/metrics.js';
import { eventually } from './eventually.js';
import { MetricsFixture } from './metrics-fixture.js';
import type { Teardown } from './temp.js';

/** /metrics of an agent in which everything has happened, in the profile `full`. */
export async function everyMetric(t: Teardown): Promise<string> {
  const fixture = new MetricsFixture(t, 'v2');
  fixture.put('upper/file', 'x');
  fixture.put('proc/100/mountinfo', `30 20 0:40 / / rw - overlay overlay rw,upperdir=${fixture.root}/upper\n`);
  const metrics = createMetrics(everything(fixture));
  let text = '';
  // A layer is measured after the first scrape.
  await eventually(async () => {
    text = '';
    for await (const chunk of (await metrics.scrape({ profile: 'full', format: 'text' })).chunks) text += chunk;
    return text.includes('container_fs_usage_bytes{');
  });
  return text;
}

/** Every series there can be by its name, with its labels. */
export function knownSeries(): Map<string, Set<string>> {
  const series = new Map<string, Set<string>>();
  for (const { name, type, labels, perContainer } of CATALOGUE.flatMap(({ metrics }) => metrics)) {
    const all = [...(perContainer ? CONTAINER_LABELS : []), ...labels];
    if (type !== 'histogram') series.set(name, new Set(all));
    else {
      series.set(`${name}_bucket`, new Set([...all, 'le']));
      for (const part of ['sum', 'count']) series.set(`${name}_${part}`, new Set(all));
    }
  }
  return series;
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

function everything(fixture: MetricsFixture): MetricsOptions {
  fixture.add('web', {
    policies: ['batch'],
    conditions: [{ type: 'DriftWar', reason: 'OtherWriter', message: 'x' }],
    state: { pid: 100 },
  });
  const rules = new ActCounts();
  rules.add({ policy: 'batch', rule: 'back-off', action: 'freeze', result: 'done' });
  return {
    ...fixture.sources({ labelAllow: [] }),
    version: '1',
    node: { cpus: 2, memoryBytes: 4, swapBytes: 0 },
    rules,
    policies: { all: () => [{ name: 'batch', enforce: 'enforce' }], refused: () => [] },
    ticks: {
      figures: {
        ticks: 1,
        begun: 1,
        seconds: 1,
        late: 0,
        buckets: TICK_BUCKETS.map(() => 1),
        lagSeconds: 1,
        lagBuckets: TICK_BUCKETS.map(() => 1),
      },
      openFiles: () => 1,
    },
    writes: { done: 1, refused: 0, givenUp: 0 },
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
