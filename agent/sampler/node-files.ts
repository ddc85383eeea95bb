import { closeSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DiskReading, NodeSample, Pressure } from '#agent/model/sample.js';
import { isAbsent, readWhole } from '#runtime/cgroup/interface-file.js';
import { pressureOf } from './collectors/pressure.js';

/** USER_HZ of every architecture Linux runs on today, proc_stat(5). */
const USEC_PER_TICK = 10_000;
const PARTITION_OR_VIRTUAL = /^(loop|ram|zram|sr|fd)\d/;

/** The node's own files in /proc, held open. */
export class NodeFiles {
  readonly #procRoot: string;
  readonly #sysRoot: string;
  readonly #fds = new Map<string, number>();
  #cpus = 0;
  #disks: DiskReading | undefined;

  constructor(procRoot: string, sysRoot: string) {
    this.#procRoot = procRoot;
    this.#sysRoot = sysRoot;
  }

  get open(): number {
    return this.#fds.size;
  }

  /** The disks with `slow` only; else what they said last. */
  sample(monotonicMs: number, slow: boolean, buffer: Buffer): NodeSample {
    const { busyUsec, cpus } = this.#cpuTimes(buffer);
    const memory = this.#memory(buffer);
    if (slow) this.#disks = this.#readDisks(monotonicMs, buffer);
    return {
      monotonicMs,
      cpus,
      busyUsec,
      ...memory,
      cpuPressure: this.#pressure('cpu', buffer),
      memoryPressure: this.#pressure('memory', buffer),
      ioPressure: this.#pressure('io', buffer),
      disks: this.#disks,
    };
  }

  close(): void {
    for (const fd of this.#fds.values()) closeSync(fd);
    this.#fds.clear();
  }

  #read(file: string, buffer: Buffer): Buffer | undefined {
    let fd = this.#fds.get(file);
    try {
      if (fd === undefined) {
        fd = openSync(join(this.#procRoot, file), 'r');
        this.#fds.set(file, fd);
      }
      return readWhole(fd, buffer);
    } catch (error) {
      // A kernel without PSI has no file, one with psi=0 answers EOPNOTSUPP.
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  #cpuTimes(buffer: Buffer): { busyUsec: number | undefined; cpus: number } {
    const bytes = this.#read('stat', buffer);
    if (bytes === undefined) return { busyUsec: undefined, cpus: this.#cpus };
    // The first lines are the CPUs'; what follows (interrupts) is long.
    const text = bytes.toString('latin1', 0, Math.max(0, bytes.indexOf('\nintr')) || bytes.length);
    const lines = text.split('\n').filter((line) => line.startsWith('cpu'));
    this.#cpus = Math.max(1, lines.length - 1);
    // cpu user nice system idle iowait irq softirq steal; guest time is in user already.
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (lines[0] ?? '').split(/ +/).slice(1).map(Number);
    return { busyUsec: (user + nice + system + irq + softirq) * USEC_PER_TICK, cpus: this.#cpus };
  }

  #memory(buffer: Buffer): Pick<NodeSample, 'memTotalBytes' | 'memAvailableBytes' | 'swapTotalBytes' | 'swapFreeBytes'> {
    const text = this.#read('meminfo', buffer)?.toString('latin1') ?? '';
    const bytes = (key: string) => {
      const value = new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(text)?.[1];
      return value === undefined ? undefined : Number(value) * 1024;
    };
    return {
      memTotalBytes: bytes('MemTotal') ?? 0,
      memAvailableBytes: bytes('MemAvailable'),
      swapTotalBytes: bytes('SwapTotal') ?? 0,
      swapFreeBytes: bytes('SwapFree') ?? 0,
    };
  }

  #pressure(resource: string, buffer: Buffer): Pressure | undefined {
    const bytes = this.#read(`pressure/${resource}`, buffer);
    return bytes && pressureOf(bytes);
  }

  /** Time with requests under way, of whole disks: diskstats' tenth figure (iostats.rst). */
  #readDisks(monotonicMs: number, buffer: Buffer): DiskReading {
    const whole = new Set(readdirSync(join(this.#sysRoot, 'block')).filter((name) => !PARTITION_OR_VIRTUAL.test(name)));
    const devices: DiskReading['devices'] = {};
    for (const line of this.#read('diskstats', buffer)?.toString('latin1').split('\n') ?? []) {
      const words = line.trim().split(/\s+/);
      const name = words[2];
      if (name !== undefined && whole.has(name)) devices[`${words[0]}:${words[1]}`] = { name, busyMs: Number(words[12]) };
    }
    return { monotonicMs, devices };
  }
}
