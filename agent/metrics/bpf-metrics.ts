import { BLOCK_IO_BYTES, BLOCK_IO_NS } from '#agent/bpf/block-io.js';
import type { BpfFigures, ContainerFigures } from '#agent/bpf/bpf-figures.js';
import { buckets, countOf } from '#agent/bpf/histogram.js';
import { PROCESS_WORDS } from '#agent/bpf/processes.js';
import { LATENCY_SLOTS } from '#agent/bpf/sum-source.js';
import { TCP_WORDS } from '#agent/bpf/tcp.js';
import { familyHead, label, seriesLine } from './exposition.js';
import type { Subject } from './subject.js';

type Kernel = readonly { subject: Subject; figures: ContainerFigures }[];

/** What BPF programs count of containers, and what they cost and lose, as text. Families without a series are left out. */
export function bpfText(figures: BpfFigures, subjects: readonly Subject[]): string {
  const kernel = subjects.flatMap((subject) =>
    subject.view === undefined ? [] : [{ subject, figures: figures.container(subject.view.id) }],
  );
  return [runQueue(kernel), blockIo(kernel), counters(kernel), own(figures)].join('');
}

function runQueue(kernel: Kernel): string {
  const name = 'tsgov_container_runqueue_latency_seconds';
  let text = '';
  for (const { subject, figures } of kernel)
    if (figures.runQueue !== undefined)
      text += histogram(name, subject.labels, figures.runQueue, figures.runQueue[LATENCY_SLOTS] ?? 0);
  return text === '' ? '' : familyHead(name, 'histogram', 'Time tasks that could run waited for a CPU (BPF).') + text;
}

function blockIo(kernel: Kernel): string {
  const name = 'tsgov_container_block_io_latency_seconds';
  const bytes = 'tsgov_container_block_io_bytes_total';
  let text = '';
  let sums = '';
  for (const { subject, figures } of kernel)
    for (const [key, words] of figures.blockIo ?? []) {
      const [device = '', operation = ''] = key.split(' ');
      const labels = `${subject.labels},${label('device', subject.deviceName(device))},${label('operation', operation)}`;
      text += histogram(name, labels, words, words[BLOCK_IO_NS] ?? 0);
      sums += seriesLine(bytes, labels, words[BLOCK_IO_BYTES] ?? 0);
    }
  if (text === '') return '';
  const head = familyHead(name, 'histogram', 'Time from making a request to a disk to its completion (BPF).');
  return `${head}${text}${familyHead(bytes, 'counter', 'Bytes of those requests.')}${sums}`;
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

const TCP: Readonly<Record<(typeof TCP_WORDS)[number], readonly [name: string, help: string]>> = {
  connects: ['tsgov_container_tcp_connects_total', 'TCP connections it began to make (BPF).'],
  accepts: ['tsgov_container_tcp_accepts_total', 'TCP connections made to it (BPF).'],
  failures: ['tsgov_container_tcp_connect_failures_total', 'TCP connections it began that came to nothing (BPF).'],
  retransmits: ['tsgov_container_tcp_retransmits_total', 'TCP segments it sent again (BPF).'],
  sentBytes: ['tsgov_container_tcp_sent_bytes_total', 'Bytes sent over TCP connections that are closed (BPF).'],
  receivedBytes: ['tsgov_container_tcp_received_bytes_total', 'Bytes received over TCP connections that are closed (BPF).'],
};

const PROCESSES: Readonly<Record<(typeof PROCESS_WORDS)[number], readonly [name: string, help: string]>> = {
  execs: ['tsgov_container_execs_total', 'Programs started in it (BPF).'],
  forks: ['tsgov_container_forks_total', 'Processes forked in it (BPF).'],
  exits: ['tsgov_container_exits_total', 'Processes that ended in it (BPF).'],
};

function counters(kernel: Kernel): string {
  const family = ([name, help]: readonly [string, string], read: (figures: ContainerFigures) => number | undefined): string => {
    let text = '';
    for (const { subject, figures } of kernel) {
      const value = read(figures);
      if (value !== undefined) text += seriesLine(name, subject.labels, value);
    }
    return text === '' ? '' : familyHead(name, 'counter', help) + text;
  };
  return [
    ...TCP_WORDS.map((word, index) => family(TCP[word], ({ tcp }) => tcp?.[index])),
    ...PROCESS_WORDS.map((word, index) => family(PROCESSES[word], ({ processes }) => processes?.[index])),
  ].join('');
}

/** The programs' own figures. */
function own(figures: BpfFigures): string {
  const { collectors, costs, drops } = figures.own();
  const of = (name: string, type: 'counter' | 'gauge', help: string, series: readonly (readonly [string, number])[]) =>
    series.length === 0
      ? ''
      : familyHead(name, type, help) + series.map(([labels, value]) => seriesLine(name, labels, value)).join('');
  const program = ({ program: name }: { program: string }) => label('program', name);
  const dropped = (object: string, reason: string) => `${label('object', object)},${label('reason', reason)}`;
  return [
    of(
      'tsgov_bpf_collector_up',
      'gauge',
      'Whether the BPF programs of a collector run.',
      collectors.map(({ name, state }) => [label('collector', name), state === 'on' ? 1 : 0]),
    ),
    of(
      'tsgov_bpf_program_run_seconds_total',
      'counter',
      'CPU time of a BPF program (BPF_ENABLE_STATS).',
      costs.map((cost) => [program(cost), cost.runTimeNs / 1e9]),
    ),
    of(
      'tsgov_bpf_program_runs_total',
      'counter',
      'Runs of a BPF program (BPF_ENABLE_STATS).',
      costs.map((cost) => [program(cost), cost.runs]),
    ),
    of('tsgov_bpf_dropped_total', 'counter', 'Events that BPF programs saw and could not count or tell.', [
      ...drops.flatMap(({ object, ringFull, mapFull }): [string, number][] => [
        [dropped(object, 'ring-full'), ringFull],
        [dropped(object, 'map-full'), mapFull],
      ]),
      ...costs.map((cost): [string, number] => [dropped(cost.object, `missed by ${cost.program}`), cost.missed]),
    ]),
  ].join('');
}
