import { BytesIEC, BytesPerSecondIEC, PercentUnit, Seconds, Short } from '@grafana/grafana-foundation-sdk/units';
import { DRIFT, OOM, RESTARTS } from './annotations.js';
import type { Board } from './board.js';
import { containerNow } from './container-now.js';
import { graph, heatmap, type PanelMaker, table } from './panels.js';
import { PRESSURE, THROTTLED } from './steps.js';

const THIS = 'instance=~"$instance",name="$name",name!=""';
const RATE = '[$__rate_interval]';

/** One container, all of it. */
export const CONTAINER: Board = {
  name: 'container',
  title: 'tsgov / One container',
  description: 'All that is known of one container: limits against use, what it waits for, latencies, connections, drift.',
  variables: [{ name: 'instance' }, { name: 'runtime' }, { name: 'name', one: true }],
  annotations: [OOM, RESTARTS, DRIFT],
  rows: [
    { title: 'Now', panels: containerNow(THIS) },
    { title: 'CPU and memory', panels: [...cpu(), ...memory()] },
    { title: 'Waiting', panels: [...pressure(), ...latency()] },
    { title: 'Disks and network', panels: [...disk(), ...network()] },
    { title: 'Processes and conditions', panels: [...processes(), ...governed()] },
  ],
};

function cpu(): PanelMaker[] {
  return [
    graph({
      title: 'CPU against its quota',
      description: 'Cores used, in user mode and in the kernel, beside cpu.max where there is one.',
      unit: Short,
      width: 12,
      queries: [
        { expr: `rate(container_cpu_usage_seconds_total{${THIS}}${RATE})`, legend: 'in use' },
        { expr: `rate(container_cpu_user_seconds_total{${THIS}}${RATE})`, legend: 'user' },
        { expr: `rate(container_cpu_system_seconds_total{${THIS}}${RATE})`, legend: 'kernel' },
        { expr: `container_spec_cpu_quota{${THIS}} / container_spec_cpu_period{${THIS}}`, legend: 'cpu.max' },
      ],
    }),
    graph({
      title: 'Throttled',
      description: 'Part of the periods in which its CPU quota ran out. Only with a quota. Who set it: tsgov why.',
      unit: PercentUnit,
      width: 12,
      max: 1,
      steps: THROTTLED,
      queries: [
        {
          expr: `rate(container_cpu_cfs_throttled_periods_total{${THIS}}${RATE}) / (rate(container_cpu_cfs_periods_total{${THIS}}${RATE}) > 0)`,
          legend: 'periods throttled',
        },
      ],
    }),
  ];
}

function memory(): PanelMaker[] {
  return [
    graph({
      title: 'Memory against its limit',
      description: 'What its memory is, beside memory.max and memory.low where they are set.',
      unit: BytesIEC,
      width: 12,
      queries: [
        { expr: `container_memory_working_set_bytes{${THIS}}`, legend: 'working set' },
        { expr: `container_memory_rss{${THIS}}`, legend: 'anonymous' },
        { expr: `container_memory_cache{${THIS}}`, legend: 'page cache' },
        { expr: `container_memory_swap{${THIS}}`, legend: 'swap' },
        { expr: `container_memory_max_usage_bytes{${THIS}}`, legend: 'most ever' },
        { expr: `container_spec_memory_limit_bytes{${THIS}} > 0`, legend: 'memory.max' },
        { expr: `container_spec_memory_reservation_limit_bytes{${THIS}} > 0`, legend: 'memory.low' },
      ],
    }),
    graph({
      title: 'Times it hit its memory limit',
      description:
        'How often a second an allocation ran into memory.max and made the kernel reclaim. Steadily above zero: too little.',
      unit: Short,
      width: 12,
      queries: [{ expr: `rate(container_memory_failcnt{${THIS}}${RATE})`, legend: 'limit hit' }],
    }),
  ];
}

function pressure(): PanelMaker[] {
  const waits = (kind: 'waiting' | 'stalled') =>
    ['cpu', 'memory', 'io'].map((resource) => ({
      expr: `rate(container_pressure_${resource}_${kind}_seconds_total{${THIS}}${RATE})`,
      legend: resource,
    }));
  return [
    graph({
      title: 'Some task waited',
      description: 'Part of the time in which at least one of its tasks waited (PSI some).',
      unit: PercentUnit,
      width: 12,
      max: 1,
      steps: PRESSURE,
      queries: waits('waiting'),
    }),
    graph({
      title: 'Every task waited',
      description: 'Part of the time in which nothing in it went on, because all of it waited (PSI full).',
      unit: PercentUnit,
      width: 12,
      max: 1,
      steps: PRESSURE,
      queries: waits('stalled'),
    }),
  ];
}

function latency(): PanelMaker[] {
  return [
    heatmap({
      title: 'Waits for a CPU',
      description: 'How long its tasks that could run waited for a CPU (BPF). Empty where the agent has no BPF.',
      unit: Seconds,
      width: 12,
      queries: [{ expr: `sum by (le) (increase(tsgov_bpf_runqueue_latency_seconds_bucket{${THIS}}${RATE}))`, legend: '{{le}}' }],
    }),
    heatmap({
      title: 'Block I/O latency',
      description: 'How long requests to disks took, from making to completion (BPF). Empty where the agent has no BPF.',
      unit: Seconds,
      width: 12,
      queries: [{ expr: `sum by (le) (increase(tsgov_bpf_block_io_latency_seconds_bucket{${THIS}}${RATE}))`, legend: '{{le}}' }],
    }),
  ];
}

function disk(): PanelMaker[] {
  return [
    graph({
      title: 'Disk throughput',
      description: 'Bytes read and written a second, by disk.',
      unit: BytesPerSecondIEC,
      width: 12,
      queries: [
        { expr: `rate(container_fs_reads_bytes_total{${THIS}}${RATE})`, legend: '{{device}} read' },
        { expr: `rate(container_fs_writes_bytes_total{${THIS}}${RATE})`, legend: '{{device}} written' },
      ],
    }),
    graph({
      title: 'Disk requests',
      description: 'Reads and writes completed a second, by disk.',
      unit: 'iops',
      width: 12,
      queries: [
        { expr: `rate(container_fs_reads_total{${THIS}}${RATE})`, legend: '{{device}} reads' },
        { expr: `rate(container_fs_writes_total{${THIS}}${RATE})`, legend: '{{device}} writes' },
      ],
    }),
  ];
}

function network(): PanelMaker[] {
  return [
    graph({
      title: 'Network throughput',
      description: 'Bytes received and sent a second, by interface of its network namespace.',
      unit: BytesPerSecondIEC,
      width: 12,
      queries: [
        { expr: `rate(container_network_receive_bytes_total{${THIS}}${RATE})`, legend: '{{interface}} received' },
        { expr: `rate(container_network_transmit_bytes_total{${THIS}}${RATE})`, legend: '{{interface}} sent' },
      ],
    }),
    graph({
      title: 'TCP connections',
      description: 'Connections it made, took and failed to make, and segments it sent again, a second (BPF).',
      unit: Short,
      width: 12,
      queries: [
        { expr: `rate(tsgov_container_tcp_connects_total{${THIS}}${RATE})`, legend: 'made' },
        { expr: `rate(tsgov_container_tcp_accepts_total{${THIS}}${RATE})`, legend: 'taken' },
        { expr: `rate(tsgov_container_tcp_connect_failures_total{${THIS}}${RATE})`, legend: 'failed' },
        { expr: `rate(tsgov_container_tcp_retransmits_total{${THIS}}${RATE})`, legend: 'sent again' },
      ],
    }),
  ];
}

function processes(): PanelMaker[] {
  return [
    graph({
      title: 'Processes and threads',
      description: 'Processes and threads in it now, and programs started in it a second (BPF).',
      unit: Short,
      width: 12,
      queries: [
        { expr: `container_processes{${THIS}}`, legend: 'processes' },
        { expr: `container_threads{${THIS}}`, legend: 'threads' },
        { expr: `rate(tsgov_container_execs_total{${THIS}}${RATE})`, legend: 'programs started a second' },
      ],
    }),
  ];
}

function governed(): PanelMaker[] {
  return [
    table({
      title: 'Policies',
      description: 'Policies that match it. What each sets: tsgov inspect, limitSources.',
      width: 5,
      height: 8,
      labels: { instance: 'Node', policy: 'Policy' },
      columns: [{ expr: `sum by (instance, policy) (tsgov_container_policy{${THIS}})`, legend: 'Matches', unit: Short }],
    }),
    table({
      title: 'Conditions',
      description: 'What is not as it should be with it, and why. The whole message: tsgov inspect.',
      width: 7,
      height: 8,
      labels: { instance: 'Node', type: 'Condition', reason: 'Reason' },
      columns: [{ expr: `sum by (instance, type, reason) (tsgov_container_condition{${THIS}})`, legend: 'Count', unit: Short }],
    }),
  ];
}
