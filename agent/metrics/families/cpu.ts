import { label } from '#agent/metrics/exposition.js';
import { counter, type Family, family, type Read, seconds } from './family.js';

const TOTAL_CPU = label('cpu', 'total');
const STAT = (v2: string, v1: string) => ({ v2: `cpu.stat ${v2}`, v1 });

export const CPU: readonly Family[] = [
  family(
    {
      name: 'container_cpu_usage_seconds_total',
      type: 'counter',
      help: 'CPU time used.',
      source: STAT('usage_usec', 'cpuacct.usage'),
    },
    ['cpu'],
    (s, emit) => emit(seconds(s.figures?.cpu.usageUsec), TOTAL_CPU),
  ),
  counter('container_cpu_user_seconds_total', 'CPU time used in user mode.', STAT('user_usec', 'cpuacct.stat user'), (s) =>
    seconds(s.figures?.cpu.userUsec),
  ),
  counter('container_cpu_system_seconds_total', 'CPU time used in the kernel.', STAT('system_usec', 'cpuacct.stat system'), (s) =>
    seconds(s.figures?.cpu.systemUsec),
  ),
  counter(
    'container_cpu_cfs_periods_total',
    'Periods of the CPU quota that passed.',
    STAT('nr_periods', 'cpu.stat nr_periods'),
    quota((s) => s.figures?.cpu.periods),
  ),
  counter(
    'container_cpu_cfs_throttled_periods_total',
    'Periods in which it was throttled.',
    STAT('nr_throttled', 'cpu.stat nr_throttled'),
    quota((s) => s.figures?.cpu.throttledPeriods),
  ),
  counter(
    'container_cpu_cfs_throttled_seconds_total',
    'Time it was throttled.',
    STAT('throttled_usec', 'cpu.stat throttled_time'),
    quota((s) => seconds(s.figures?.cpu.throttledUsec)),
  ),
  counter(
    'container_cpu_cfs_burst_periods_total',
    'Periods in which it used CPU time it had saved.',
    STAT('nr_bursts', 'cpu.stat nr_bursts'),
    quota((s) => s.figures?.cpu.bursts),
    { full: true },
  ),
  counter(
    'container_cpu_cfs_burst_seconds_total',
    'CPU time beyond the quota that it had saved.',
    STAT('burst_usec', 'cpu.stat burst_time'),
    quota((s) => seconds(s.figures?.cpu.burstUsec)),
    { full: true },
  ),
];

/** Only what has a quota, or had one when it ended, shows its figures, as in cAdvisor. */
function quota(read: Read): Read {
  return (subject) => {
    const limited = typeof subject.limits.cpu?.max === 'number' || (!subject.live && (subject.figures?.cpu.periods ?? 0) > 0);
    return limited ? read(subject) : undefined;
  };
}
