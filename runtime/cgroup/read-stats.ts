import { carrierVersion } from './cgroup-host.js';
import { type CgroupSet, cgroupExists, pathFiles } from './cgroup-set.js';
import type { FileOwner, InterfaceFiles } from './controller.js';
import { CpuStatsReader } from './cpu-stats.js';
import { FlatKeyed } from './flat-keyed.js';
import { parseLimit, parseNumber } from './interface-file.js';
import { type IoDeviceStats, parseBlkioStat, parseIoStat } from './io-stat.js';
import { MemoryStatsReader } from './memory-stats.js';
import { type Psi, parsePsi } from './psi.js';
import type { CgroupStats, PidsStats } from './stats.js';

/** Reads a cgroup's figures. Keep one for many cgroups of a host: its parsers learn the order of the kernel's keys. */
export class StatsReader {
  readonly #cpu = new CpuStatsReader();
  readonly #memory = new MemoryStatsReader();
  readonly #pidsEvents = new FlatKeyed(['max']);

  /** `undefined`: the cgroup is gone. `files` other than by path (held open) may be given. */
  read(set: CgroupSet, files: InterfaceFiles = pathFiles(set)): CgroupStats | undefined {
    const stats: CgroupStats = {
      cpu: this.#cpu.read(files, carrierVersion(set.host, 'cpu')),
      memory: this.#memory.read(files, carrierVersion(set.host, 'memory')),
      pids: this.#pids(files),
      io: readIo(files, carrierVersion(set.host, 'io')),
      pressure: readPressure(files),
    };
    return stats.cpu.usageUsec === undefined && !cgroupExists(set) ? undefined : stats;
  }

  #pids(files: InterfaceFiles): PidsStats {
    const current = numberOf(files, 'pids', 'pids.current');
    const peak = numberOf(files, 'pids', 'pids.peak');
    const max = parseLimit(files.read('pids', 'pids.max'));
    const events = files.read('pids', 'pids.events');
    return { current, peak, max, maxEvents: events && this.#pidsEvents.record(events).max };
  }
}

/** One cgroup's figures, once; `undefined`: it is gone. */
export function readStats(set: CgroupSet): CgroupStats | undefined {
  return new StatsReader().read(set);
}

/** v1 counts for a disk only once a throttle was set on it by anyone (kernel ≥ 6.10), or while bfq schedules it. */
function readIo(files: InterfaceFiles, version: 'v1' | 'v2' | undefined): IoDeviceStats[] {
  if (version === 'v2') {
    const stat = files.read('io', 'io.stat');
    return stat === undefined ? [] : parseIoStat(stat);
  }
  if (version === undefined) return [];
  const throttle = readBlkio(files, 'throttle');
  return throttle.length > 0 ? throttle : readBlkio(files, 'bfq');
}

function readBlkio(files: InterfaceFiles, policy: string): IoDeviceStats[] {
  // Each read overwrites the last one's bytes.
  const bytes = copy(files.read('io', `blkio.${policy}.io_service_bytes_recursive`));
  return parseBlkioStat(bytes, files.read('io', `blkio.${policy}.io_serviced_recursive`));
}

function copy(buffer: Buffer | undefined): Buffer | undefined {
  return buffer === undefined ? undefined : Buffer.from(buffer);
}

function readPressure(files: InterfaceFiles): CgroupStats['pressure'] {
  const pressure: CgroupStats['pressure'] = {};
  for (const name of ['cpu', 'memory', 'io'] as const) {
    const buffer = files.read('unified', `${name}.pressure`);
    if (buffer === undefined) continue;
    const psi: Psi = parsePsi(buffer);
    if (psi.some !== undefined || psi.full !== undefined) pressure[name] = psi;
  }
  return pressure;
}

function numberOf(files: InterfaceFiles, owner: FileOwner, file: string): number | undefined {
  const buffer = files.read(owner, file);
  return buffer === undefined ? undefined : parseNumber(buffer);
}
