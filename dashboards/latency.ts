import { BytesPerSecondIEC, Seconds, Short } from '@grafana/grafana-foundation-sdk/units';
import { OOM, RESTARTS } from './annotations.js';
import type { Board } from './board.js';
import { graph, heatmap, type PanelMaker, type Step } from './panels.js';

const THESE = 'instance=~"$instance",name=~"$name"';
const RATE = '[$__rate_interval]';
const RUN_QUEUE = 'tsgov_bpf_runqueue_latency_seconds';
const BLOCK_IO = 'tsgov_bpf_block_io_latency_seconds';
const SLOW_CPU: readonly Step[] = [
  [null, 'green'],
  [0.01, 'yellow'],
  [0.1, 'red'],
];
const SLOW_DISK: readonly Step[] = [
  [null, 'green'],
  [0.05, 'yellow'],
  [0.5, 'red'],
];

/** What the kernel's BPF programs measure: how long tasks wait for a CPU, and how long disks take. */
export const LATENCY: Board = {
  name: 'latency',
  title: 'tsgov / Latency',
  description:
    'Run-queue and block I/O latency of containers, measured in the kernel (BPF). Empty on nodes whose agent has no BPF: tsgov doctor says why.',
  variables: [{ name: 'instance' }, { name: 'runtime' }, { name: 'name' }],
  annotations: [OOM, RESTARTS],
  rows: [
    {
      title: 'Run queue',
      panels: [
        heatmap({
          title: 'Waits for a CPU',
          description:
            'How many waits took how long: tasks that could run and waited for a CPU. Throttling by a quota counts in it.',
          unit: Seconds,
          width: 24,
          height: 9,
          queries: [{ expr: `sum by (le) (increase(${RUN_QUEUE}_bucket{${THESE}}${RATE}))`, legend: '{{le}}' }],
        }),
        ...quantiles(RUN_QUEUE, 'Waits for a CPU', SLOW_CPU, 'name'),
        graph({
          title: 'Mean wait for a CPU',
          description: 'Time waited divided by the number of waits.',
          unit: Seconds,
          width: 12,
          container: true,
          queries: [{ expr: mean(RUN_QUEUE, 'instance, name'), legend: '{{name}}' }],
        }),
        graph({
          title: 'Waits a second',
          description: 'How often tasks of the container were put on a CPU after waiting.',
          unit: Short,
          width: 12,
          container: true,
          queries: [{ expr: `sum by (instance, name) (rate(${RUN_QUEUE}_count{${THESE}}${RATE}))`, legend: '{{name}}' }],
        }),
      ],
    },
    {
      title: 'Block I/O',
      panels: [
        heatmap({
          title: 'Reads',
          description:
            'How many reads took how long, from making the request to its completion. Time throttled by io.max is not in it.',
          unit: Seconds,
          width: 12,
          queries: [{ expr: `sum by (le) (increase(${BLOCK_IO}_bucket{${THESE},operation="read"}${RATE}))`, legend: '{{le}}' }],
        }),
        heatmap({
          title: 'Writes and the rest',
          description: 'How many writes, discards and flushes took how long. On cgroup v1 buffered writes are the kernel’s own.',
          unit: Seconds,
          width: 12,
          queries: [{ expr: `sum by (le) (increase(${BLOCK_IO}_bucket{${THESE},operation!="read"}${RATE}))`, legend: '{{le}}' }],
        }),
        ...quantiles(BLOCK_IO, 'Block I/O', SLOW_DISK, 'name, device'),
        graph({
          title: 'Mean time of a request',
          description: 'By disk and operation, all containers shown together.',
          unit: Seconds,
          width: 12,
          queries: [{ expr: mean(BLOCK_IO, 'instance, device, operation'), legend: '{{instance}} {{device}} {{operation}}' }],
        }),
        graph({
          title: 'Bytes of requests',
          description: 'Bytes a second of the requests measured, by container and operation.',
          unit: BytesPerSecondIEC,
          width: 12,
          container: true,
          queries: [
            {
              expr: `sum by (instance, name, operation) (rate(tsgov_bpf_block_io_bytes_total{${THESE}}${RATE}))`,
              legend: '{{name}} {{operation}}',
            },
          ],
        }),
      ],
    },
  ],
};

function quantiles(name: string, title: string, steps: readonly Step[], by: string): PanelMaker[] {
  return [0.5, 0.99].map((quantile) =>
    graph({
      title: `${title}, p${quantile * 100}`,
      description: `${quantile * 100} % took at most this long, by container; from buckets, so by a factor of up to four.`,
      unit: Seconds,
      width: 12,
      steps,
      container: true,
      queries: [
        {
          expr: `histogram_quantile(${quantile}, sum by (le, instance, ${by}) (rate(${name}_bucket{${THESE}}${RATE})))`,
          legend: by.includes('device') ? '{{name}} {{device}}' : '{{name}}',
        },
      ],
    }),
  );
}

function mean(name: string, by: string): string {
  const sum = (part: string) => `sum by (${by}) (rate(${name}_${part}{${THESE}}${RATE}))`;
  return `${sum('sum')} / (${sum('count')} > 0)`;
}
