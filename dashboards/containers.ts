import { BytesIEC, BytesPerSecondIEC, PercentUnit, Short } from '@grafana/grafana-foundation-sdk/units';
import { DRIFT, OOM, RESTARTS } from './annotations.js';
import type { Board } from './board.js';
import { graph, table } from './panels.js';
import { NONE, PRESSURE, SHARE, THROTTLED } from './steps.js';

const THESE = 'instance=~"$instance",name=~"$name",name!=""';
const RATE = '[$__rate_interval]';
const BY = 'sum by (instance, name)';
const MOST = 'max by (instance, name)';

/** All containers beside each other. */
export const CONTAINERS: Board = {
  name: 'containers',
  title: 'tsgov / Containers',
  description: 'All containers of every runtime beside each other: what they use, what they wait for, what holds them back.',
  variables: [{ name: 'instance' }, { name: 'runtime' }, { name: 'name' }],
  annotations: [OOM, RESTARTS, DRIFT],
  rows: [
    {
      title: 'Now',
      panels: [
        table({
          title: 'Containers',
          description:
            'One row a container. CPU in cores; throttled is the part of the periods in which its CPU quota ran out; memory is the working set; of limit is empty where there is none; waits are PSI some. A click on a name opens the container.',
          width: 24,
          height: 12,
          labels: { instance: 'Node', name: 'Container' },
          columns: [
            { expr: `${BY} (rate(container_cpu_usage_seconds_total{${THESE}}${RATE}))`, legend: 'CPU cores', unit: Short },
            { expr: `${MOST} (${throttled()})`, legend: 'Throttled', unit: PercentUnit, steps: THROTTLED },
            { expr: `${BY} (container_memory_working_set_bytes{${THESE}})`, legend: 'Memory', unit: BytesIEC },
            { expr: `${MOST} (${ofLimit()})`, legend: 'Of limit', unit: PercentUnit, steps: SHARE },
            { expr: `${MOST} (${waits('cpu')})`, legend: 'Waits CPU', unit: PercentUnit, steps: PRESSURE },
            { expr: `${MOST} (${waits('memory')})`, legend: 'Waits memory', unit: PercentUnit, steps: PRESSURE },
            { expr: `${MOST} (${waits('io')})`, legend: 'Waits disk', unit: PercentUnit, steps: PRESSURE },
            { expr: `${BY} (container_threads{${THESE}})`, legend: 'Threads', unit: Short },
            { expr: `${BY} (tsgov_container_restarts_total{${THESE}})`, legend: 'Restarts', unit: Short },
            { expr: `${BY} (container_oom_events_total{${THESE}})`, legend: 'OOM kills', unit: Short, steps: NONE },
            { expr: `${BY} (tsgov_drift_total{${THESE}})`, legend: 'Drift', unit: Short },
          ],
        }),
      ],
    },
    {
      title: 'CPU',
      panels: [
        graph({
          title: 'CPU in use',
          description: 'Cores used. A click opens the container.',
          unit: Short,
          width: 12,
          container: true,
          queries: [{ expr: `${BY} (rate(container_cpu_usage_seconds_total{${THESE}}${RATE}))`, legend: '{{name}}' }],
        }),
        graph({
          title: 'Throttled by the CPU quota',
          description:
            'Part of the periods in which cpu.max ran out and every task of the container stood still until the next. Only those with a quota.',
          unit: PercentUnit,
          width: 12,
          max: 1,
          steps: THROTTLED,
          container: true,
          queries: [{ expr: `${MOST} (${throttled()})`, legend: '{{name}}' }],
        }),
      ],
    },
    {
      title: 'Memory',
      panels: [
        graph({
          title: 'Memory in use',
          description: 'Working set: memory in use without page cache that can be dropped at once.',
          unit: BytesIEC,
          width: 12,
          container: true,
          queries: [{ expr: `${BY} (container_memory_working_set_bytes{${THESE}})`, legend: '{{name}}' }],
        }),
        graph({
          title: 'Memory of its limit',
          description: 'Working set as a part of memory.max. Only those with a limit; at 100 % the kernel kills.',
          unit: PercentUnit,
          width: 12,
          max: 1,
          steps: SHARE,
          container: true,
          queries: [{ expr: `${MOST} (${ofLimit()})`, legend: '{{name}}' }],
        }),
      ],
    },
    {
      title: 'Waiting (PSI some)',
      panels: (['cpu', 'memory', 'io'] as const).map((resource) =>
        graph({
          title: `Waiting for ${resource === 'io' ? 'disk' : resource}`,
          description: `Part of the time in which at least one task of the container waited for ${resource}. Empty where the kernel has no PSI or the container no v2 cgroup.`,
          unit: PercentUnit,
          width: 8,
          max: 1,
          steps: PRESSURE,
          container: true,
          queries: [{ expr: `${MOST} (${waits(resource)})`, legend: '{{name}}' }],
        }),
      ),
    },
    {
      title: 'Disks and network',
      panels: [
        graph({
          title: 'Disk throughput',
          description: 'Bytes read and written a second, all disks together.',
          unit: BytesPerSecondIEC,
          width: 12,
          container: true,
          queries: [
            { expr: `${BY} (rate(container_fs_reads_bytes_total{${THESE}}${RATE}))`, legend: '{{name}} read' },
            { expr: `${BY} (rate(container_fs_writes_bytes_total{${THESE}}${RATE}))`, legend: '{{name}} written' },
          ],
        }),
        graph({
          title: 'Network traffic',
          description: 'Bytes received and sent a second, all interfaces of the container together, its loopback left out.',
          unit: BytesPerSecondIEC,
          width: 12,
          container: true,
          queries: [
            {
              expr: `${BY} (rate(container_network_receive_bytes_total{${THESE},interface!="lo"}${RATE}))`,
              legend: '{{name}} received',
            },
            {
              expr: `${BY} (rate(container_network_transmit_bytes_total{${THESE},interface!="lo"}${RATE}))`,
              legend: '{{name}} sent',
            },
          ],
        }),
      ],
    },
  ],
};

function throttled(): string {
  return `rate(container_cpu_cfs_throttled_periods_total{${THESE}}${RATE}) / (rate(container_cpu_cfs_periods_total{${THESE}}${RATE}) > 0)`;
}

function ofLimit(): string {
  return `container_memory_working_set_bytes{${THESE}} / (container_spec_memory_limit_bytes{${THESE}} > 0)`;
}

function waits(resource: 'cpu' | 'memory' | 'io'): string {
  return `rate(container_pressure_${resource}_waiting_seconds_total{${THESE}}${RATE})`;
}
