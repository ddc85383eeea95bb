import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerView } from '#agent/contract/container.js';

/** A metric as the kernel's files have it, and how far off a read a moment earlier or later may be. */
export interface Reading {
  value: number;
  slack: number;
}

/** The kernel charges memory in batches a CPU, which it takes back when it likes. */
const MEMORY_SLACK = 1 << 20;
const UNLIMITED = 2 ** 62;

/** What /metrics must say of a container that runs, from the kernel's files alone: by series without the labels that all have. */
export function expectedOf({ cgroups, state }: ContainerView): Map<string, Reading> {
  const found = new Map<string, Reading>();
  const put = (series: string, value: number | undefined, slack = 0): void => {
    if (value !== undefined && !Number.isNaN(value)) found.set(series, { value, slack });
  };
  const number = (controller: string, file: string) => numberIn(cgroups[controller], file);
  const key = (controller: string, file: string, name: string) => keyIn(cgroups[controller], file, name);
  const v1 = existsSync(join(cgroups.memory ?? '', 'memory.usage_in_bytes'));

  if (existsSync(join(cgroups.cpuacct ?? '', 'cpuacct.usage'))) {
    put('container_cpu_usage_seconds_total', scaled(number('cpuacct', 'cpuacct.usage'), 1e-9), 1e-6);
    put('container_cpu_user_seconds_total', scaled(key('cpuacct', 'cpuacct.stat', 'user'), 0.01), 1e-6);
    put('container_cpu_system_seconds_total', scaled(key('cpuacct', 'cpuacct.stat', 'system'), 0.01), 1e-6);
  } else
    for (const [metric, name] of [
      ['usage', 'usage_usec'],
      ['user', 'user_usec'],
      ['system', 'system_usec'],
    ] as const)
      put(`container_cpu_${metric}_seconds_total`, scaled(key('unified', 'cpu.stat', name), 1e-6), 1e-6);

  const oldCpu = existsSync(join(cgroups.cpu ?? '', 'cpu.cfs_quota_us'));
  const [quota, period] = oldCpu
    ? [number('cpu', 'cpu.cfs_quota_us'), number('cpu', 'cpu.cfs_period_us')]
    : textIn(cgroups.cpu, 'cpu.max').split(' ').map(Number);
  if (quota !== undefined && quota > 0) {
    put('container_spec_cpu_quota', quota);
    put('container_spec_cpu_period', period);
    put('container_cpu_cfs_periods_total', key('cpu', 'cpu.stat', 'nr_periods'));
    put('container_cpu_cfs_throttled_periods_total', key('cpu', 'cpu.stat', 'nr_throttled'));
    const throttled = oldCpu
      ? scaled(key('cpu', 'cpu.stat', 'throttled_time'), 1e-9)
      : scaled(key('cpu', 'cpu.stat', 'throttled_usec'), 1e-6);
    put('container_cpu_cfs_throttled_seconds_total', throttled, 1e-6);
  }
  if (oldCpu) put('container_spec_cpu_shares', number('cpu', 'cpu.shares'));

  const stat = (name: string, oldName = name) => key('memory', 'memory.stat', v1 ? `total_${oldName}` : name);
  put('container_memory_usage_bytes', number('memory', v1 ? 'memory.usage_in_bytes' : 'memory.current'), MEMORY_SLACK);
  put('container_memory_rss', stat('anon', 'rss'), MEMORY_SLACK);
  put('container_memory_cache', stat('file', 'cache'), MEMORY_SLACK);
  put('container_memory_mapped_file', stat('file_mapped', 'mapped_file'), MEMORY_SLACK);
  put('container_memory_total_active_file_bytes', stat('active_file'), MEMORY_SLACK);
  put('container_memory_total_inactive_file_bytes', stat('inactive_file'), MEMORY_SLACK);
  put('container_memory_swap', v1 ? stat('swap') : number('memory', 'memory.swap.current'), MEMORY_SLACK);
  put('container_memory_kernel_usage', v1 ? number('memory', 'memory.kmem.usage_in_bytes') : stat('kernel'), MEMORY_SLACK);
  put('container_memory_max_usage_bytes', number('memory', v1 ? 'memory.max_usage_in_bytes' : 'memory.peak'), MEMORY_SLACK);
  const failures = v1 ? number('memory', 'memory.failcnt') : key('memory', 'memory.events', 'max');
  put('container_memory_failcnt', failures);
  put('container_memory_events_max_total', failures);
  if (!v1) put('container_memory_events_high_total', key('memory', 'memory.events', 'high'));
  put('container_oom_events_total', key('memory', v1 ? 'memory.oom_control' : 'memory.events', 'oom_kill'));
  for (const kind of ['pgfault', 'pgmajfault']) {
    put(`container_memory_failures_total{failure_type="${kind}",scope="hierarchy"`, stat(kind), 8);
    put(`container_memory_failures_total{failure_type="${kind}",scope="container"`, key('memory', 'memory.stat', kind), 8);
  }
  put('container_memory_workingset_refault_file_total', stat('workingset_refault_file'));
  put('container_spec_memory_limit_bytes', limit(number('memory', v1 ? 'memory.limit_in_bytes' : 'memory.max')));

  put('container_threads', number('pids', 'pids.current'));
  put('container_threads_max', number('pids', 'pids.max'));
  const pids = textIn(cgroups.pids, 'cgroup.procs').split('\n').filter(Boolean);
  put('container_processes', pids.length);
  const fds = pids.flatMap((pid) => readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`)));
  put('container_file_descriptors', fds.length);
  put('container_sockets', fds.filter((target) => target.startsWith('socket:')).length);
  put('container_tasks_state{state="sleeping"', pids.length);
  if (state.pid !== null && readlinkSync(`/proc/${state.pid}/ns/net`) !== readlinkSync('/proc/self/ns/net')) {
    const [, line = ''] = /^\s*lo:(.*)$/m.exec(readFileSync(`/proc/${state.pid}/net/dev`, 'utf8')) ?? [];
    const [bytes, packets] = line.trim().split(/\s+/).map(Number);
    put('container_network_receive_bytes_total{interface="lo"', bytes);
    put('container_network_receive_packets_total{interface="lo"', packets);
  }
  for (const resource of ['cpu', 'memory', 'io'])
    for (const [line, word] of [
      ['some', 'waiting'],
      ['full', 'stalled'],
    ] as const) {
      const [, total] = new RegExp(`^${line} .*total=(\\d+)$`, 'm').exec(textIn(cgroups.unified, `${resource}.pressure`)) ?? [];
      put(`container_pressure_${resource}_${word}_seconds_total`, total === undefined ? undefined : Number(total) / 1e6, 1e-6);
    }
  return found;
}

/** Empty: there is no such file, or it says nothing here (PSI is off). */
function textIn(dir: string | undefined, file: string): string {
  if (dir === undefined || !existsSync(join(dir, file))) return '';
  try {
    return readFileSync(join(dir, file), 'latin1').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTSUP' || (error as NodeJS.ErrnoException).code === 'EOPNOTSUPP') return '';
    throw error;
  }
}

function numberIn(dir: string | undefined, file: string): number | undefined {
  const text = textIn(dir, file);
  return text === '' ? undefined : Number(text);
}

function keyIn(dir: string | undefined, file: string, key: string): number | undefined {
  const value = new RegExp(`^${key} (\\d+)$`, 'm').exec(textIn(dir, file))?.[1];
  return value === undefined ? undefined : Number(value);
}

function scaled(value: number | undefined, by: number): number | undefined {
  return value === undefined ? undefined : value * by;
}

function limit(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : Number.isNaN(bytes) || bytes > UNLIMITED ? 0 : bytes;
}
