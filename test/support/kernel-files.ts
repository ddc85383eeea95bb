import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerView } from '#agent/contract/container.js';

/** What a test asks of the kernel, by v2's name, and where v1 keeps it: [controller, v2 file, v1 file]. */
const FILES = {
  'memory.max': ['memory', 'memory.max', 'memory.limit_in_bytes'],
  'memory.low': ['memory', 'memory.low', 'memory.soft_limit_in_bytes'],
  'pids.max': ['pids', 'pids.max', 'pids.max'],
  'pids.current': ['pids', 'pids.current', 'pids.current'],
  'cpuset.cpus': ['cpuset', 'cpuset.cpus', 'cpuset.cpus'],
  'cpu.weight': ['cpu', 'cpu.weight', 'cpu.shares'],
  'io.weight': ['io', 'io.weight', 'blkio.bfq.weight'],
} as const;

export function isV2(dir: string): boolean {
  return existsSync(join(dir, 'cgroup.controllers'));
}

function dirOf(view: ContainerView, controller: string): string {
  const dir = view.cgroups[controller];
  if (dir === undefined) throw new Error(`no ${controller} cgroup in ${JSON.stringify(view.cgroups)}`);
  return dir;
}

/** The raw text of the kernel's own interface file, trimmed. */
export function kernelFile(view: ContainerView, name: keyof typeof FILES): string {
  const [controller, v2, v1] = FILES[name];
  const dir = dirOf(view, controller);
  return readFileSync(join(dir, isV2(dir) ? v2 : v1), 'utf8').trim();
}

/** Cores of cpu.max (v2) or cfs_quota/period (v1), read from the kernel. */
export function kernelCpuMax(view: ContainerView): number | 'max' {
  const dir = dirOf(view, 'cpu');
  if (isV2(dir)) {
    const [quota, period] = readFileSync(join(dir, 'cpu.max'), 'utf8').trim().split(' ');
    return quota === 'max' ? 'max' : Number(quota) / Number(period);
  }
  const quota = Number(readFileSync(join(dir, 'cpu.cfs_quota_us'), 'utf8'));
  return quota < 0 ? 'max' : quota / Number(readFileSync(join(dir, 'cpu.cfs_period_us'), 'utf8'));
}

/** Three limits, read from the kernel: memory in MiB, cores, processes. */
export function kernelLimits(view: ContainerView): [number | 'max', number | 'max', string] {
  const bytes = Number(kernelFile(view, 'memory.max'));
  // v1 says "no limit" by the largest page-aligned number.
  const mib = bytes < 2 ** 60 ? bytes / (1 << 20) : 'max';
  return [mib, kernelCpuMax(view), kernelFile(view, 'pids.max')];
}

/** CPU time used by the cgroup so far, from the kernel. */
export function kernelCpuUsec(view: ContainerView): number {
  const dir = dirOf(view, 'cpu');
  if (isV2(dir)) return Number(/usage_usec (\d+)/.exec(readFileSync(join(dir, 'cpu.stat'), 'utf8'))?.[1]);
  return Number(readFileSync(join(dirOf(view, 'cpuacct'), 'cpuacct.usage'), 'utf8')) / 1000;
}

/** Every pid in the container's cgroup and those nested in it. */
export function kernelPids(view: ContainerView): number[] {
  const walk = (dir: string): string[] => [
    readFileSync(join(dir, 'cgroup.procs'), 'utf8'),
    ...readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => walk(join(dir, entry.name))),
  ];
  return walk(dirOf(view, 'pids')).join('').split('\n').filter(Boolean).map(Number);
}

/** How many forks pids.max has refused. */
export function kernelPidsRefused(view: ContainerView): number {
  return Number(/max (\d+)/.exec(readFileSync(join(dirOf(view, 'pids'), 'pids.events'), 'utf8'))?.[1]);
}
