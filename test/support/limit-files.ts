import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { ContainerView } from '#agent/contract/container.js';
import type { LimitsInput } from '#agent/contract/limits.js';

/** Limits of every controller, as this host's CPUs allow. */
export function limitsOfAll(): LimitsInput {
  return {
    cpu: { max: 0.5, period: '100ms', burst: '10ms', weight: 50 },
    cpuset: { cpus: '0', mems: '0' },
    memory: { max: '64m', low: '8m', swap: '16m', high: '48m', min: '1m', oomGroup: true },
    io: { weight: 200 },
    pids: { max: 60 },
    hugetlb: { '2MB': '4m' },
  };
}

/** What somebody else writes to each interface file that carries one of those limits: [controller, file, value]. */
const OTHERS: readonly (readonly [controller: string, file: string, value: string])[] = [
  ['memory', 'memory.max', 'max'],
  ['memory', 'memory.high', 'max'],
  ['memory', 'memory.low', '0'],
  ['memory', 'memory.min', '0'],
  ['memory', 'memory.swap.max', 'max'],
  ['memory', 'memory.oom.group', '0'],
  ['memory', 'memory.limit_in_bytes', '73400320'],
  ['memory', 'memory.memsw.limit_in_bytes', '-1'],
  ['memory', 'memory.soft_limit_in_bytes', '-1'],
  ['cpu', 'cpu.max', 'max 100000'],
  ['cpu', 'cpu.max.burst', '0'],
  ['cpu', 'cpu.weight', '777'],
  ['cpu', 'cpu.idle', '1'],
  ['cpu', 'cpu.cfs_quota_us', '-1'],
  ['cpu', 'cpu.cfs_period_us', '200000'],
  ['cpu', 'cpu.cfs_burst_us', '0'],
  ['cpu', 'cpu.shares', '2000'],
  ['cpuset', 'cpuset.cpus', '0-1'],
  ['io', 'io.weight', 'default 900'],
  ['io', 'io.bfq.weight', 'default 900'],
  ['io', 'blkio.bfq.weight', '900'],
  ['pids', 'pids.max', 'max'],
  ['hugetlb', 'hugetlb.2MB.max', 'max'],
  ['hugetlb', 'hugetlb.2MB.limit_in_bytes', '-1'],
  ['hugetlb', 'hugetlb.2MB.rsvd.max', 'max'],
  ['hugetlb', 'hugetlb.2MB.rsvd.limit_in_bytes', '-1'],
];

/** Each of those files that this container has and that says something else. */
export function driftTargets({ cgroups }: ContainerView): { path: string; value: string }[] {
  return OTHERS.flatMap(([controller, file, value]) => {
    const path = join(cgroups[controller] ?? '/no such controller', file);
    if (controller === 'cpuset' && availableParallelism() < 2) return [];
    if (!existsSync(path) || readFileSync(path, 'latin1').trim() === value) return [];
    return [{ path, value }];
  });
}
