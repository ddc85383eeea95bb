import { parseDurationUsec } from '#agent/contract/duration.js';
import type { Subject } from '#agent/metrics/subjects/subject.js';
import { sharesFromWeight } from '#runtime/cgroup/weights.js';
import { type Family, gauge } from './family.js';

export const LIMITS: readonly Family[] = [
  gauge('container_spec_memory_limit_bytes', 'Memory limit; 0: none.', { v2: 'memory.max', v1: 'memory.limit_in_bytes' }, (s) =>
    spec(s, s.limits.memory?.max),
  ),
  gauge(
    'container_spec_memory_swap_limit_bytes',
    'Limit of memory and swap together; 0: none.',
    { v2: 'memory.max + memory.swap.max', v1: 'memory.memsw.limit_in_bytes' },
    (s) => spec(s, swapLimit(s)),
  ),
  gauge(
    'container_spec_memory_reservation_limit_bytes',
    'Memory it is sure of; 0: none.',
    { v2: 'memory.low', v1: 'memory.soft_limit_in_bytes' },
    (s) => spec(s, s.limits.memory?.low),
  ),
  gauge(
    'container_spec_cpu_period',
    'Period of the CPU quota, in microseconds.',
    { v2: 'cpu.max', v1: 'cpu.cfs_period_us' },
    (s) => (hasQuota(s) ? periodUsec(s) : undefined),
  ),
  gauge(
    'container_spec_cpu_quota',
    'CPU quota in each period, in microseconds.',
    { v2: 'cpu.max', v1: 'cpu.cfs_quota_us' },
    (s) => (hasQuota(s) ? Math.round(Number(s.limits.cpu?.max) * periodUsec(s)) : undefined),
  ),
  gauge(
    'container_spec_cpu_shares',
    'Share of the CPU beside others, in cpu.shares of cgroup v1.',
    { v2: 'cpu.weight, by the inverse of the OCI formula of 2025', v1: 'cpu.shares' },
    shares,
  ),
];

function spec(subject: Subject, value: number | string | undefined): number | undefined {
  if (subject.figures === undefined) return undefined;
  return typeof value === 'number' ? value : 0;
}

function swapLimit({ limits }: Subject): number | undefined {
  const { max, swap } = limits.memory ?? {};
  return typeof max === 'number' && typeof swap === 'number' ? max + swap : undefined;
}

function hasQuota({ limits }: Subject): boolean {
  return typeof limits.cpu?.max === 'number';
}

function periodUsec({ limits }: Subject): number {
  return parseDurationUsec(limits.cpu?.period ?? '100ms') ?? 100_000;
}

function shares({ limits, figures, cpuShares }: Subject): number | undefined {
  if (cpuShares !== undefined) return cpuShares;
  const { cpu } = limits;
  if (figures === undefined || cpu === undefined) return undefined;
  return cpu.shares ?? (cpu.weight === undefined ? undefined : sharesFromWeight(cpu.weight));
}
