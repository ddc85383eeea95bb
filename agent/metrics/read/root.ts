import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figures } from '#agent/metrics/figures.js';
import type { IoCounters } from '#agent/model/sample.js';
import { isAbsent } from '#runtime/cgroup/interface-file.js';
import { type InterfaceCounters, parseInterfaces } from './net-dev.js';

/** USER_HZ of every architecture Linux runs on today, proc_stat(5). */
const TICKS_PER_SECOND = 100;
const SECTOR_BYTES = 512;
const PARTITION_OR_VIRTUAL = /^(loop|ram|zram|sr|fd)\d/;

/** The whole node. */
export interface Root {
  figures: Figures;
  network: InterfaceCounters[];
  memoryBytes: number;
  /** When it booted, in seconds since the epoch. */
  bootSec: number | undefined;
}

/** The whole node as one container, from /proc, which has it on cgroup v1 and v2 alike. Sources: proc(5), iostats.rst, psi.rst. */
export function readRoot(procRoot: string, sysRoot: string, nowMs: number): Root {
  const read = (path: string) => readFileSync(join(procRoot, path), 'latin1');
  const stat = read('stat');
  const meminfo = read('meminfo');
  const boot = Number(/^btime (\d+)$/m.exec(stat)?.[1]);
  return {
    figures: {
      atMs: nowMs,
      cpu: cpuTimes(stat),
      memory: memory(meminfo),
      io: disks(read('diskstats'), wholeDisks(sysRoot)),
      pressure: { cpu: pressure(procRoot, 'cpu'), memory: pressure(procRoot, 'memory'), io: pressure(procRoot, 'io') },
      threads: Number(/\/(\d+) /.exec(read('loadavg'))?.[1] ?? 0),
    },
    network: parseInterfaces(read('net/dev')).filter((net) => net.interface !== 'lo'),
    memoryBytes: bytesOf(meminfo, 'MemTotal'),
    bootSec: Number.isNaN(boot) ? undefined : boot,
  };
}

function cpuTimes(stat: string): Figures['cpu'] {
  // cpu user nice system idle iowait irq softirq steal; guest time is in user already.
  const ticks = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '').split(' ').map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = ticks;
  const usec = (count: number) => (count * 1_000_000) / TICKS_PER_SECOND;
  const [userUsec, systemUsec] = [usec(user + nice), usec(system + irq + softirq)];
  return { usageUsec: userUsec + systemUsec, userUsec, systemUsec };
}

function memory(meminfo: string): Figures['memory'] {
  const bytes = (key: string) => bytesOf(meminfo, key);
  const usedBytes = bytes('MemTotal') - bytes('MemFree');
  return {
    usedBytes,
    workingSetBytes: Math.max(0, usedBytes - bytes('Inactive\\(file\\)')),
    anonBytes: bytes('AnonPages'),
    fileBytes: bytes('Cached') + bytes('Buffers'),
    swapBytes: bytes('SwapTotal') - bytes('SwapFree'),
    mappedFileBytes: bytes('Mapped'),
    activeFileBytes: bytes('Active\\(file\\)'),
    inactiveFileBytes: bytes('Inactive\\(file\\)'),
  };
}

function bytesOf(meminfo: string, key: string): number {
  return Number(new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
}

function wholeDisks(sysRoot: string): Set<string> {
  return new Set(readdirSync(join(sysRoot, 'block')).filter((name) => !PARTITION_OR_VIRTUAL.test(name)));
}

function disks(diskstats: string, whole: ReadonlySet<string>): Record<string, IoCounters> {
  const found: Record<string, IoCounters> = {};
  for (const line of diskstats.split('\n')) {
    const words = line.trim().split(/\s+/);
    const [major, minor, name] = words;
    if (name === undefined || !whole.has(name)) continue;
    const number = (index: number) => Number(words[index] ?? 0);
    found[`${major}:${minor}`] = {
      reads: number(3),
      readBytes: number(5) * SECTOR_BYTES,
      writes: number(7),
      writeBytes: number(9) * SECTOR_BYTES,
    };
  }
  return found;
}

function pressure(procRoot: string, resource: string): Figures['pressure']['cpu'] {
  const text = readPressure(join(procRoot, 'pressure', resource)) ?? '';
  const total = (line: string) => {
    const found = new RegExp(`^${line} .* total=(\\d+)$`, 'm').exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  return { someUsec: total('some'), fullUsec: total('full') };
}

/** A kernel without PSI has no file, one with psi=0 answers EOPNOTSUPP. */
function readPressure(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
