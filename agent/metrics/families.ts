import type { Condition, ContainerStatus } from '#agent/contract/container.js';
import { parseDurationUsec } from '#agent/contract/duration.js';
import { sharesFromWeight } from '#runtime/cgroup/weights.js';
import { label, type MetricType } from './exposition.js';
import type { Subject } from './subject.js';

/** Takes one series of a family; `extra` are labels beside the subject's own. A value that is undefined is none. */
export type Emit = (value: number | undefined, extra?: string) => void;

export interface Family {
  name: string;
  type: MetricType;
  help: string;
  series(subject: Subject, emit: Emit): void;
}

const STATUSES: readonly ContainerStatus[] = ['created', 'running', 'frozen', 'exited', 'dead'];
const TOTAL_CPU = label('cpu', 'total');

/** Every family of containers, in the order of /metrics, under cAdvisor's names and meanings. */
export const FAMILIES: readonly Family[] = [
  gauge('container_last_seen', 'Time of this sample, in seconds since the epoch.', (s) =>
    s.stats === undefined ? undefined : s.nowSec,
  ),
  gauge('container_start_time_seconds', 'Start time since the epoch.', (s) => s.startedAtSec),

  {
    name: 'container_cpu_usage_seconds_total',
    type: 'counter',
    help: 'CPU time used.',
    series: (s, emit) => emit(seconds(s.stats?.cpu.usageUsec), TOTAL_CPU),
  },
  counter('container_cpu_user_seconds_total', 'CPU time used in user mode.', (s) => seconds(s.stats?.cpu.userUsec)),
  counter('container_cpu_system_seconds_total', 'CPU time used in the kernel.', (s) => seconds(s.stats?.cpu.systemUsec)),
  counter('container_cpu_cfs_periods_total', 'Periods of the CPU quota that passed.', (s) => quota(s, s.stats?.cpu.periods)),
  counter('container_cpu_cfs_throttled_periods_total', 'Periods in which it was throttled.', (s) =>
    quota(s, s.stats?.cpu.throttledPeriods),
  ),
  counter('container_cpu_cfs_throttled_seconds_total', 'Time it was throttled.', (s) =>
    quota(s, seconds(s.stats?.cpu.throttledUsec)),
  ),

  gauge('container_memory_usage_bytes', 'Memory in use, page cache included.', (s) => s.stats?.memory.currentBytes),
  gauge(
    'container_memory_working_set_bytes',
    'Memory in use without inactive page cache.',
    (s) => s.stats?.memory.workingSetBytes,
  ),
  gauge('container_memory_rss', 'Anonymous memory, in bytes.', (s) => s.stats?.memory.anonBytes),
  gauge('container_memory_cache', 'Page cache, in bytes.', (s) => s.stats?.memory.fileBytes),
  gauge('container_memory_swap', 'Swap in use, in bytes.', (s) => s.stats?.memory.swapBytes),
  gauge('container_memory_max_usage_bytes', 'Most memory ever in use.', (s) => s.stats?.memory.peakBytes),
  // A counter that cAdvisor did not name as one: typed `counter` it would not pass promtool.
  { ...gauge('container_memory_failcnt', 'Times it hit its memory limit.', (s) => s.stats?.memory.failCount), type: 'untyped' },

  gauge('container_spec_memory_limit_bytes', 'Memory limit; 0: none.', (s) => spec(s, s.limits.memory?.max)),
  gauge('container_spec_memory_swap_limit_bytes', 'Limit of memory and swap together; 0: none.', (s) => spec(s, swapLimit(s))),
  gauge('container_spec_memory_reservation_limit_bytes', 'Memory it is sure of (memory.low); 0: none.', (s) =>
    spec(s, s.limits.memory?.low),
  ),
  gauge('container_spec_cpu_period', 'Period of the CPU quota, in microseconds.', (s) => quota(s, periodUsec(s))),
  gauge('container_spec_cpu_quota', 'CPU quota in each period, in microseconds.', (s) =>
    quota(s, Math.round(Number(s.limits.cpu?.max) * periodUsec(s))),
  ),
  gauge('container_spec_cpu_shares', 'Share of the CPU beside others, in cpu.shares of cgroup v1.', (s) => shares(s)),

  ...(
    [
      ['container_fs_reads_total', 'Reads completed.', 'reads'],
      ['container_fs_writes_total', 'Writes completed.', 'writes'],
      ['container_fs_reads_bytes_total', 'Bytes read.', 'readBytes'],
      ['container_fs_writes_bytes_total', 'Bytes written.', 'writeBytes'],
    ] as const
  ).map(
    ([name, help, key]): Family => ({
      name,
      type: 'counter',
      help,
      series: (s, emit) => {
        for (const io of s.stats?.io.devices ?? []) emit(io[key], label('device', s.deviceName(io.device)));
      },
    }),
  ),

  ...(
    [
      ['container_network_receive_bytes_total', 'Bytes received.', 'receiveBytes'],
      ['container_network_receive_packets_total', 'Packets received.', 'receivePackets'],
      ['container_network_transmit_bytes_total', 'Bytes sent.', 'transmitBytes'],
      ['container_network_transmit_packets_total', 'Packets sent.', 'transmitPackets'],
    ] as const
  ).map(
    ([name, help, key]): Family => ({
      name,
      type: 'counter',
      help,
      series: (s, emit) => {
        for (const net of s.stats?.network ?? []) emit(net[key], label('interface', net.interface));
      },
    }),
  ),

  counter('container_oom_events_total', 'Processes the kernel killed for want of memory.', (s) => s.oomKills),

  ...(['cpu', 'memory', 'io'] as const).flatMap((resource) => [
    pressure(`container_pressure_${resource}_waiting_seconds_total`, `Time some task waited for ${resource}.`, resource, 'some'),
    pressure(`container_pressure_${resource}_stalled_seconds_total`, `Time every task waited for ${resource}.`, resource, 'full'),
  ]),

  gauge('container_processes', 'Processes in it.', (s) => s.processes),
  gauge('container_threads', 'Threads in it.', (s) => s.stats?.pids.current),

  {
    name: 'tsgov_container_info',
    type: 'gauge',
    help: 'Whose container it is; always 1.',
    series: (s, emit) => {
      if (s.view !== undefined) emit(1, label('runtime', s.view.runtime));
    },
  },
  {
    name: 'tsgov_container_policy',
    type: 'gauge',
    help: 'A policy that matches the container; always 1.',
    series: (s, emit) => {
      for (const policy of s.view?.policies ?? []) emit(1, label('policy', policy));
    },
  },
  {
    name: 'tsgov_container_condition',
    type: 'gauge',
    help: 'What is not as it should be with the container: how many conditions of this type and reason it has.',
    series: (s, emit) => {
      for (const [labels, count] of conditionCounts(s.view?.conditions ?? [])) emit(count, labels);
    },
  },
  {
    name: 'tsgov_container_state',
    type: 'gauge',
    help: 'State of the container: 1 for the one it is in.',
    series: (s, emit) => {
      for (const status of s.view === undefined ? [] : STATUSES)
        emit(s.view?.state.status === status ? 1 : 0, label('state', status));
    },
  },
  gauge(
    'tsgov_container_exit_code',
    'Exit code of its last run; 128+n: ended by signal n.',
    (s) => s.view?.state.exitCode ?? undefined,
  ),
  counter('tsgov_container_restarts_total', 'Times it was restarted by its restart policy.', (s) => s.view?.restartCount),
];

/** By type and reason: fields and messages are for `tsgov inspect`, as labels they would make series without end. */
function conditionCounts(conditions: readonly Condition[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type, reason } of conditions) {
    const labels = `${label('type', type)},${label('reason', reason)}`;
    counts.set(labels, (counts.get(labels) ?? 0) + 1);
  }
  return counts;
}

type Read = (subject: Subject) => number | undefined;

function gauge(name: string, help: string, read: Read): Family {
  return { name, type: 'gauge', help, series: (subject, emit) => emit(read(subject)) };
}

function counter(name: `${string}_total`, help: string, read: Read): Family {
  return { name, type: 'counter', help, series: (subject, emit) => emit(read(subject)) };
}

function pressure(name: `${string}_total`, help: string, resource: string, line: 'some' | 'full'): Family {
  return counter(name, help, (s) => seconds(s.stats?.pressure?.[resource]?.[line]?.totalUsec));
}

function seconds(usec: number | undefined): number | undefined {
  return usec === undefined ? undefined : Math.round(usec) / 1e6;
}

/** Only what has a quota shows its figures, as in cAdvisor. */
function quota(subject: Subject, value: number | undefined): number | undefined {
  return typeof subject.limits.cpu?.max === 'number' ? value : undefined;
}

function spec(subject: Subject, value: number | string | undefined): number | undefined {
  if (subject.stats === undefined) return undefined;
  return typeof value === 'number' ? value : 0;
}

function swapLimit({ limits }: Subject): number | undefined {
  const { max, swap } = limits.memory ?? {};
  return typeof max === 'number' && typeof swap === 'number' ? max + swap : undefined;
}

function periodUsec({ limits }: Subject): number {
  return parseDurationUsec(limits.cpu?.period ?? '100ms') ?? 100_000;
}

function shares(subject: Subject): number | undefined {
  const { cpu } = subject.limits;
  if (subject.stats === undefined || cpu === undefined) return undefined;
  return cpu.shares ?? (cpu.weight === undefined ? undefined : sharesFromWeight(cpu.weight));
}
