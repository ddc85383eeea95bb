import { BLOCK_IO_BYTES, BLOCK_IO_NS } from '#agent/bpf/block-io.js';
import type { BpfFigures, ContainerFigures } from '#agent/bpf/bpf-figures.js';
import { buckets, countOf } from '#agent/bpf/histogram.js';
import { PROCESS_WORDS } from '#agent/bpf/processes.js';
import { LATENCY_SLOTS } from '#agent/bpf/sum-source.js';
import { TCP_WORDS } from '#agent/bpf/tcp.js';
import { label, seriesLine } from '#agent/metrics/exposition.js';
import type { Blocks, Metric } from '#agent/metrics/metric.js';
import type { Subject } from '#agent/metrics/subjects/subject.js';
import { nodeMetric, several } from './single.js';

type Kernel = readonly { subject: Subject; figures: ContainerFigures }[];

const RUN_QUEUE = of(
  'tsgov_bpf_runqueue_latency_seconds',
  'histogram',
  'Time tasks that could run waited for a CPU.',
  'sched_switch',
);
const BLOCK_IO = of(
  'tsgov_bpf_block_io_latency_seconds',
  'histogram',
  'Time from making a request to a disk to its completion.',
  'block_rq_complete',
  ['device', 'operation'],
);
const BLOCK_BYTES = of('tsgov_bpf_block_io_bytes_total', 'counter', 'Bytes of those requests.', 'block_rq_complete', [
  'device',
  'operation',
]);
const TCP: Readonly<Record<(typeof TCP_WORDS)[number], Metric>> = {
  connects: of('tsgov_container_tcp_connects_total', 'counter', 'TCP connections it began to make.', 'inet_sock_set_state'),
  accepts: of('tsgov_container_tcp_accepts_total', 'counter', 'TCP connections made to it.', 'inet_sock_set_state'),
  failures: of(
    'tsgov_container_tcp_connect_failures_total',
    'counter',
    'TCP connections it began that came to nothing.',
    'inet_sock_set_state',
  ),
  retransmits: of('tsgov_container_tcp_retransmits_total', 'counter', 'TCP segments it sent again.', 'tcp_retransmit_skb'),
  sentBytes: of(
    'tsgov_container_tcp_sent_bytes_total',
    'counter',
    'Bytes sent over TCP connections that are closed.',
    'inet_sock_set_state',
  ),
  receivedBytes: of(
    'tsgov_container_tcp_received_bytes_total',
    'counter',
    'Bytes received over TCP connections that are closed.',
    'inet_sock_set_state',
  ),
};
const PROCESSES: Readonly<Record<(typeof PROCESS_WORDS)[number], Metric>> = {
  execs: of('tsgov_container_execs_total', 'counter', 'Programs started in it.', 'sched_process_exec'),
  forks: of('tsgov_container_forks_total', 'counter', 'Processes forked in it.', 'sched_process_fork'),
  exits: of('tsgov_container_exits_total', 'counter', 'Processes that ended in it.', 'sched_process_exit'),
};
const UP = nodeMetric('tsgov_bpf_collector_up', 'gauge', 'Whether the BPF programs of a collector run.', 'libbpf', ['collector']);
const RUN_SECONDS = nodeMetric(
  'tsgov_bpf_program_run_seconds_total',
  'counter',
  'CPU time of a BPF program.',
  'BPF_ENABLE_STATS',
  ['program'],
);
const RUNS = nodeMetric('tsgov_bpf_program_runs_total', 'counter', 'Runs of a BPF program.', 'BPF_ENABLE_STATS', ['program']);
const DROPPED = nodeMetric(
  'tsgov_bpf_dropped_total',
  'counter',
  'Events that BPF programs saw and could not count or tell.',
  'the programs and the kernel',
  ['object', 'reason'],
);

export const BPF_METRICS = [
  RUN_QUEUE,
  BLOCK_IO,
  BLOCK_BYTES,
  ...Object.values(TCP),
  ...Object.values(PROCESSES),
  UP,
  RUN_SECONDS,
  RUNS,
  DROPPED,
];

/** Containers in one block. */
const AT_ONCE = 20;

/** What BPF programs count of containers, and what they cost and lose. */
export function* bpfBlocks(figures: BpfFigures, subjects: readonly Subject[]): Blocks {
  const kernel: { subject: Subject; figures: ContainerFigures }[] = [];
  for (const subject of subjects)
    if (subject.container !== undefined) kernel.push({ subject, figures: figures.container(subject.container.id) });
  yield* inParts(RUN_QUEUE, kernel, runQueue);
  yield* inParts(BLOCK_IO, kernel, blockIo);
  yield* inParts(BLOCK_BYTES, kernel, blockBytes);
  for (const [index, word] of TCP_WORDS.entries()) yield count(TCP[word], kernel, ({ tcp }) => tcp?.[index]);
  for (const [index, word] of PROCESS_WORDS.entries())
    yield count(PROCESSES[word], kernel, ({ processes }) => processes?.[index]);
  yield* own(figures);
}

function* inParts(metric: Metric, kernel: Kernel, lines: (name: string, each: Kernel[number]) => string): Blocks {
  for (let first = 0; first < kernel.length; first += AT_ONCE) {
    let text = '';
    for (const each of kernel.slice(first, first + AT_ONCE)) text += lines(metric.name, each);
    yield { metric, text };
  }
}

function runQueue(name: string, { subject, figures: { runQueue: words } }: Kernel[number]): string {
  return words === undefined ? '' : histogram(name, subject.labels, words, words[LATENCY_SLOTS] ?? 0);
}

function blockIo(name: string, each: Kernel[number]): string {
  let text = '';
  for (const [labels, words] of disks(each)) text += histogram(name, labels, words, words[BLOCK_IO_NS] ?? 0);
  return text;
}

function blockBytes(name: string, each: Kernel[number]): string {
  let text = '';
  for (const [labels, words] of disks(each)) text += seriesLine(name, labels, words[BLOCK_IO_BYTES] ?? 0);
  return text;
}

function disks({ subject, figures }: Kernel[number]): [labels: string, words: Float64Array][] {
  return [...(figures.blockIo ?? [])].map(([key, words]) => {
    const [device = '', operation = ''] = key.split(' ');
    return [`${subject.labels},${label('device', subject.deviceName(device))},${label('operation', operation)}`, words];
  });
}

/** Latency words in µs as a histogram in seconds. */
function histogram(name: string, labels: string, words: Float64Array, sumNs: number): string {
  let text = '';
  for (const { le, count } of buckets(words, 0, LATENCY_SLOTS))
    text += seriesLine(`${name}_bucket`, `${labels},${label('le', String(le / 1e6))}`, count);
  const count = countOf(words, 0, LATENCY_SLOTS);
  text += seriesLine(`${name}_bucket`, `${labels},${label('le', '+Inf')}`, count);
  return text + seriesLine(`${name}_sum`, labels, sumNs / 1e9) + seriesLine(`${name}_count`, labels, count);
}

function count(metric: Metric, kernel: Kernel, read: (figures: ContainerFigures) => number | undefined) {
  let text = '';
  for (const { subject, figures } of kernel) {
    const value = read(figures);
    if (value !== undefined) text += seriesLine(metric.name, subject.labels, value);
  }
  return { metric, text };
}

/** The programs' own figures. */
function* own(figures: BpfFigures): Blocks {
  const { collectors, costs, drops } = figures.own();
  const program = ({ program: name }: { program: string }) => label('program', name);
  const dropped = (object: string, reason: string) => `${label('object', object)},${label('reason', reason)}`;
  yield several(
    UP,
    collectors.map(({ name, state }) => [label('collector', name), state === 'on' ? 1 : 0]),
  );
  yield several(
    RUN_SECONDS,
    costs.map((cost) => [program(cost), cost.runTimeNs / 1e9]),
  );
  yield several(
    RUNS,
    costs.map((cost) => [program(cost), cost.runs]),
  );
  yield several(DROPPED, [
    ...drops.flatMap(({ object, ringFull, mapFull }): [string, number][] => [
      [dropped(object, 'ring-full'), ringFull],
      [dropped(object, 'map-full'), mapFull],
    ]),
    ...costs.map((cost): [string, number] => [dropped(cost.object, `missed by ${cost.program}`), cost.missed]),
  ]);
}

/** A metric of containers, by BPF at this place of the kernel. */
function of(name: string, type: Metric['type'], help: string, place: string, labels: readonly string[] = []): Metric {
  return { name, type, help: `${help.replace(/\.$/, '')} (BPF).`, labels, perContainer: true, source: `BPF at ${place}` };
}
