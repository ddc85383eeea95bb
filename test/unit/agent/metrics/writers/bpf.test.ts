import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_IO_BYTES, BLOCK_IO_NS } from '#agent/bpf/block-io.js';
import type { BpfFigures, ContainerFigures } from '#agent/bpf/bpf-figures.js';
import { LATENCY_SLOTS } from '#agent/bpf/sum-source.js';
import { TEXT } from '#agent/metrics/exposition.js';
import { written } from '#agent/metrics/render.js';
import type { Subject } from '#agent/metrics/subjects/subject.js';
import { bpfBlocks } from '#agent/metrics/writers/bpf.js';

const subject = (id: string) =>
  ({
    labels: `id="/${id}"`,
    live: true,
    container: { id },
    deviceName: (device: string) => (device === '8:0' ? '/dev/sda' : device),
  }) as Subject;
const bpfText = (from: BpfFigures, subjects: Subject[]) => [...written(bpfBlocks(from, subjects), TEXT)].join('');

function figures(container: (id: string) => ContainerFigures): BpfFigures {
  return {
    container,
    own: () => ({
      collectors: [{ name: 'TCP', object: 'tcp.bpf.o', state: 'off', reason: 'no BTF' }],
      costs: [{ program: 'tcp_state', object: 'tcp.bpf.o', runs: 3, runTimeNs: 1500, missed: 1 }],
      drops: [{ object: 'tcp.bpf.o', ringFull: 0, mapFull: 7 }],
    }),
  };
}

test('a histogram of the kernel is one of Prometheus: cumulative, in seconds, with sum and count', () => {
  const runQueue = new Float64Array(LATENCY_SLOTS + 1);
  runQueue[0] = 2;
  runQueue[3] = 5;
  runQueue[LATENCY_SLOTS - 1] = 1;
  runQueue[LATENCY_SLOTS] = 2_500_000_000;
  const text = bpfText(
    figures(() => ({ runQueue })),
    [subject('a')],
  );
  const name = 'tsgov_bpf_runqueue_latency_seconds';
  const lines = text.split('\n').filter((line) => line.includes(name));
  assert.equal(lines[1], `# TYPE ${name} histogram`);
  assert.equal(lines[2], `${name}_bucket{id="/a",le="0.000004"} 2`);
  assert.equal(lines[3], `${name}_bucket{id="/a",le="0.000016"} 7`);
  assert.deepEqual(lines.slice(-3), [
    `${name}_bucket{id="/a",le="+Inf"} 8`,
    `${name}_sum{id="/a"} 2.5`,
    `${name}_count{id="/a"} 8`,
  ]);
});

test('block I/O is by device and operation; a container without any, and the node, have no series', () => {
  const words = new Float64Array(BLOCK_IO_BYTES + 1);
  words[10] = 4;
  words[BLOCK_IO_NS] = 8_000_000;
  words[BLOCK_IO_BYTES] = 16384;
  const root = { ...subject('/'), container: undefined };
  const text = bpfText(
    figures((id) => (id === 'a' ? { blockIo: new Map([['8:0 write', words]]) } : {})),
    [root, subject('a'), subject('b')],
  );
  assert.match(text, /^tsgov_bpf_block_io_latency_seconds_count\{id="\/a",device="\/dev\/sda",operation="write"\} 4$/m);
  assert.match(text, /^tsgov_bpf_block_io_bytes_total\{id="\/a",device="\/dev\/sda",operation="write"\} 16384$/m);
  assert.doesNotMatch(text, /id="\/b"|id="\/\/"/);
  assert.doesNotMatch(text, /runqueue|tcp_connects/);
});

test('counters of TCP and processes have their words, and the programs say what they cost and lose', () => {
  const text = bpfText(
    figures(() => ({ tcp: Float64Array.of(1, 2, 3, 4, 5, 6), processes: Float64Array.of(7, 8, 9) })),
    [subject('a')],
  );
  const value = (name: string) => new RegExp(`^${name}\\{id="/a"\\} (\\d+)$`, 'm').exec(text)?.[1];
  const names = [
    'tcp_connects',
    'tcp_accepts',
    'tcp_connect_failures',
    'tcp_retransmits',
    'tcp_sent_bytes',
    'tcp_received_bytes',
  ];
  assert.deepEqual(
    [...names, 'execs', 'forks', 'exits'].map((name) => value(`tsgov_container_${name}_total`)),
    ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
  );
  assert.match(text, /^tsgov_bpf_collector_up\{collector="TCP"\} 0$/m);
  assert.match(text, /^tsgov_bpf_program_runs_total\{program="tcp_state"\} 3$/m);
  assert.match(text, /^tsgov_bpf_program_run_seconds_total\{program="tcp_state"\} 0.0000015$/m);
  assert.match(text, /^tsgov_bpf_dropped_total\{object="tcp.bpf.o",reason="map-full"\} 7$/m);
  assert.match(text, /^tsgov_bpf_dropped_total\{object="tcp.bpf.o",reason="missed by tcp_state"\} 1$/m);
});
