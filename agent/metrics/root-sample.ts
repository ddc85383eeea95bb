import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseNetDev } from '#agent/containers/network-stats.js';
import type { StatsView } from '#agent/contract/container.js';

/** USER_HZ of every architecture Linux runs on today, proc_stat(5). */
const TICKS_PER_SECOND = 100;
const SECTOR_BYTES = 512;
const PARTITION_OR_VIRTUAL = /^(loop|ram|zram|sr|fd)\d/;

/** The whole node as one sample, from /proc, which has it on cgroup v1 and v2 alike. Sources: proc(5), iostats.rst, psi.rst. */
export function rootSample(procRoot: string, sysRoot: string, time: string): StatsView {
  const read = (path: string) => readFileSync(join(procRoot, path), 'utf8');
  const io = disks(read('diskstats'), wholeDisks(sysRoot));
  const sum = (key: 'readBytes' | 'writeBytes' | 'reads' | 'writes') => io.reduce((total, disk) => total + disk[key], 0);
  return {
    id: '/',
    name: '',
    time,
    cpu: cpuTimes(read('stat')),
    memory: memory(read('meminfo')),
    pids: { current: Number(/\/(\d+) /.exec(read('loadavg'))?.[1] ?? 0) },
    io: { readBytes: sum('readBytes'), writeBytes: sum('writeBytes'), reads: sum('reads'), writes: sum('writes'), devices: io },
    network: interfaces(read('net/dev')),
    ...pressure(procRoot),
  };
}

function cpuTimes(stat: string): StatsView['cpu'] {
  // cpu user nice system idle iowait irq softirq steal; guest time is in user already.
  const ticks = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '').split(' ').map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = ticks;
  const usec = (count: number) => (count * 1_000_000) / TICKS_PER_SECOND;
  const [userUsec, systemUsec] = [usec(user + nice), usec(system + irq + softirq)];
  return { usageUsec: userUsec + systemUsec, userUsec, systemUsec };
}

function memory(meminfo: string): StatsView['memory'] {
  const bytes = (key: string) => Number(new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
  const currentBytes = bytes('MemTotal') - bytes('MemFree');
  return {
    currentBytes,
    workingSetBytes: Math.max(0, currentBytes - bytes('Inactive\\(file\\)')),
    anonBytes: bytes('AnonPages'),
    fileBytes: bytes('Cached') + bytes('Buffers'),
    swapBytes: bytes('SwapTotal') - bytes('SwapFree'),
    maxBytes: bytes('MemTotal'),
  };
}

function wholeDisks(sysRoot: string): Set<string> {
  return new Set(readdirSync(join(sysRoot, 'block')).filter((name) => !PARTITION_OR_VIRTUAL.test(name)));
}

function disks(diskstats: string, whole: ReadonlySet<string>): StatsView['io']['devices'] {
  return diskstats.split('\n').flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const [major, minor, name] = words;
    if (name === undefined || !whole.has(name)) return [];
    const number = (index: number) => Number(words[index] ?? 0);
    return [
      {
        device: `${major}:${minor}`,
        reads: number(3),
        readBytes: number(5) * SECTOR_BYTES,
        writes: number(7),
        writeBytes: number(9) * SECTOR_BYTES,
      },
    ];
  });
}

function interfaces(netDev: string): StatsView['network'] {
  return parseNetDev(netDev).filter((net) => net.interface !== 'lo');
}

function pressure(procRoot: string): Pick<StatsView, 'pressure'> {
  const found: NonNullable<StatsView['pressure']> = {};
  for (const resource of ['cpu', 'memory', 'io']) {
    const text = readPressure(join(procRoot, 'pressure', resource));
    if (text === undefined) continue;
    found[resource] = Object.fromEntries(
      [...text.matchAll(/^(some|full) avg10=(\S+) avg60=(\S+) avg300=(\S+) total=(\d+)$/gm)].map(
        ([, line, avg10, avg60, avg300, total]) => [
          line as string,
          { avg10: Number(avg10), avg60: Number(avg60), avg300: Number(avg300), totalUsec: Number(total) },
        ],
      ),
    );
  }
  return Object.keys(found).length === 0 ? {} : { pressure: found };
}

/** A kernel without PSI has no file, one with psi=0 answers EOPNOTSUPP. */
function readPressure(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'EOPNOTSUPP', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
