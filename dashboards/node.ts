import { BytesIEC, BytesPerSecondIEC, PercentUnit, Short } from '@grafana/grafana-foundation-sdk/units';
import { ACTIONS, AGENT_STARTS } from './annotations.js';
import type { Board } from './board.js';
import { figure, graph, heatmap } from './panels.js';
import { NONE, PRESSURE, SHARE } from './steps.js';

const NODE_ONLY = 'instance=~"$instance",id="/"';
const MACHINE = 'instance=~"$instance"';
const OTHERS = 'instance=~"$instance",name!=""';
const RATE = '[$__rate_interval]';
/** The node as a whole, and who uses most of it. */
export const NODE: Board = {
  name: 'node',
  title: 'tsgov / Node',
  description: 'CPU, memory, disks, network and pressure of whole nodes, and the containers that use most of them.',
  variables: [{ name: 'instance' }],
  annotations: [ACTIONS, AGENT_STARTS],
  rows: [
    {
      title: 'Now',
      panels: [
        figure({
          title: 'CPU',
          description: 'Share of all CPUs in use. Above 95 % whatever else wants a CPU waits for it.',
          unit: PercentUnit,
          width: 4,
          steps: SHARE,
          queries: [
            {
              expr: `sum by (instance) (rate(container_cpu_usage_seconds_total{${NODE_ONLY}}${RATE})) / on (instance) machine_cpu_cores{${MACHINE}}`,
              legend: '{{instance}}',
            },
          ],
        }),
        figure({
          title: 'Memory',
          description: 'Share of memory in use, page cache that can be dropped at once left out.',
          unit: PercentUnit,
          width: 4,
          steps: SHARE,
          queries: [
            {
              expr: `container_memory_working_set_bytes{${NODE_ONLY}} / on (instance) machine_memory_bytes{${MACHINE}}`,
              legend: '{{instance}}',
            },
          ],
        }),
        figure({
          title: 'Waiting for memory',
          description: 'Part of the time in which some task waited for memory to be reclaimed or read back (PSI some).',
          unit: PercentUnit,
          width: 4,
          steps: PRESSURE,
          queries: [
            { expr: `rate(container_pressure_memory_waiting_seconds_total{${NODE_ONLY}}${RATE})`, legend: '{{instance}}' },
          ],
        }),
        figure({
          title: 'Containers that run',
          description: 'Containers of every runtime whose state is running.',
          unit: Short,
          width: 4,
          queries: [{ expr: `sum by (instance) (tsgov_container_state{${MACHINE},state="running"})`, legend: '{{instance}}' }],
        }),
        figure({
          title: 'Frozen',
          description: 'Containers whose processes are stopped by a freezer now.',
          unit: Short,
          width: 4,
          steps: [
            [null, 'green'],
            [1, 'blue'],
          ],
          queries: [{ expr: `sum by (instance) (tsgov_container_state{${MACHINE},state="frozen"})`, legend: '{{instance}}' }],
        }),
        figure({
          title: 'OOM kills, last hour',
          description: 'Processes that the kernel killed for want of memory in containers, in the last hour.',
          unit: Short,
          width: 4,
          steps: NONE,
          queries: [{ expr: `sum by (instance) (increase(container_oom_events_total{${OTHERS}}[1h]))`, legend: '{{instance}}' }],
        }),
      ],
    },
    {
      title: 'CPU and memory',
      panels: [
        graph({
          title: 'CPU in use',
          description: 'CPUs in use by everything on the node, in cores, in user mode and in the kernel.',
          unit: Short,
          width: 12,
          stacked: true,
          queries: [
            { expr: `rate(container_cpu_user_seconds_total{${NODE_ONLY}}${RATE})`, legend: '{{instance}} user' },
            { expr: `rate(container_cpu_system_seconds_total{${NODE_ONLY}}${RATE})`, legend: '{{instance}} kernel' },
          ],
        }),
        graph({
          title: 'Memory in use',
          description: 'Memory of processes and page cache on the node, beside how much there is.',
          unit: BytesIEC,
          width: 12,
          queries: [
            { expr: `container_memory_rss{${NODE_ONLY}}`, legend: '{{instance}} anonymous' },
            { expr: `container_memory_cache{${NODE_ONLY}}`, legend: '{{instance}} page cache' },
            { expr: `container_memory_swap{${NODE_ONLY}}`, legend: '{{instance}} swap' },
            { expr: `machine_memory_bytes{${MACHINE}}`, legend: '{{instance}} memory there is' },
          ],
        }),
        graph({
          title: 'Pressure: some task waited',
          description: 'Part of the time in which at least one task waited for CPU, memory or disk (PSI some).',
          unit: PercentUnit,
          width: 12,
          max: 1,
          steps: PRESSURE,
          queries: waits('waiting'),
        }),
        graph({
          title: 'Pressure: every task waited',
          description: 'Part of the time in which nothing could go on, because all waited for CPU, memory or disk (PSI full).',
          unit: PercentUnit,
          width: 12,
          max: 1,
          steps: PRESSURE,
          queries: waits('stalled'),
        }),
      ],
    },
    {
      title: 'Disks and network',
      panels: [
        graph({
          title: 'Disk throughput',
          description: 'Bytes read from and written to each whole disk a second.',
          unit: BytesPerSecondIEC,
          width: 12,
          queries: [
            { expr: `rate(container_fs_reads_bytes_total{${NODE_ONLY}}${RATE})`, legend: '{{instance}} {{device}} read' },
            { expr: `rate(container_fs_writes_bytes_total{${NODE_ONLY}}${RATE})`, legend: '{{instance}} {{device}} written' },
          ],
        }),
        graph({
          title: 'Network throughput',
          description: 'Bytes received and sent on each interface a second.',
          unit: BytesPerSecondIEC,
          width: 12,
          queries: [
            {
              expr: `rate(container_network_receive_bytes_total{${NODE_ONLY}}${RATE})`,
              legend: '{{instance}} {{interface}} received',
            },
            {
              expr: `rate(container_network_transmit_bytes_total{${NODE_ONLY}}${RATE})`,
              legend: '{{instance}} {{interface}} sent',
            },
          ],
        }),
      ],
    },
    {
      title: 'Who uses it',
      panels: [
        graph({
          title: 'CPU, the ten that use most',
          description: 'Cores used by the ten containers that use most. A click opens the container.',
          unit: Short,
          width: 12,
          stacked: true,
          container: true,
          queries: [
            {
              expr: `topk(10, sum by (instance, name) (rate(container_cpu_usage_seconds_total{${OTHERS}}${RATE})))`,
              legend: '{{name}}',
            },
          ],
        }),
        graph({
          title: 'Memory, the ten that use most',
          description: 'Working set of the ten containers that use most memory. A click opens the container.',
          unit: BytesIEC,
          width: 12,
          stacked: true,
          container: true,
          queries: [
            { expr: `topk(10, sum by (instance, name) (container_memory_working_set_bytes{${OTHERS}}))`, legend: '{{name}}' },
          ],
        }),
        heatmap({
          title: 'Waits for a CPU, all containers',
          description: 'How long tasks of containers that could run waited for a CPU (BPF). Empty where the agent has no BPF.',
          unit: 's',
          width: 24,
          queries: [
            {
              expr: `sum by (le) (increase(tsgov_bpf_runqueue_latency_seconds_bucket{${MACHINE}}${RATE}))`,
              legend: '{{le}}',
            },
          ],
        }),
      ],
    },
  ],
};

function waits(kind: 'waiting' | 'stalled') {
  return ['cpu', 'memory', 'io'].map((resource) => ({
    expr: `rate(container_pressure_${resource}_${kind}_seconds_total{${NODE_ONLY}}${RATE})`,
    legend: `{{instance}} ${resource}`,
  }));
}
