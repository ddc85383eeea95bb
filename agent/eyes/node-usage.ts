import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UsageView } from '#agent/contract/usage.js';

/** USER_HZ of every architecture Linux runs on today, proc_stat(5). */
const USEC_PER_TICK = 10_000;

/** The node's CPUs, memory and load, as /proc has them now. */
export function nodeUsage(procRoot: string): Omit<UsageView['node'], 'hostname' | 'busyCores' | 'signals'> {
  const read = (file: string) => readFileSync(join(procRoot, file), 'latin1');
  const meminfo = read('meminfo');
  const bytes = (key: string) => {
    const kilobytes = new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  };
  const available = bytes('MemAvailable');
  return {
    cpus: cpuTimes(read('stat')),
    memTotalBytes: bytes('MemTotal') ?? 0,
    ...(available === undefined ? {} : { memAvailableBytes: available }),
    swapTotalBytes: bytes('SwapTotal') ?? 0,
    swapFreeBytes: bytes('SwapFree') ?? 0,
    load: read('loadavg').split(' ').slice(0, 3).map(Number),
  };
}

/** Online CPUs in their order: cpuN user nice system idle iowait irq softirq steal; guest time is in user already. */
export function cpuTimes(stat: string): UsageView['node']['cpus'] {
  return [...stat.matchAll(/^cpu\d+ (.*)$/gm)].map(([, figures = '']) => {
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0] = figures.split(' ').map(Number);
    return {
      busyUsec: (user + nice + system + irq + softirq) * USEC_PER_TICK,
      idleUsec: (idle + iowait) * USEC_PER_TICK,
    };
  });
}
