import { readSync } from 'node:fs';
import type { CgroupSample } from '#agent/model/sample.js';
import { type CgroupSet, cgroupExists, directoryOf } from '#runtime/cgroup/cgroup-set.js';
import { isAbsent, readInterfaceFile } from '#runtime/cgroup/interface-file.js';
import type { Collector } from './collector.js';
import type { FdBudget } from './fd-budget.js';

const UNOPENED = -1;
const ABSENT = -2;
/** In place of a length. */
const NOT_DUE = -1;
const MISSING = -2;
const LATER = -3;
/** A file that was not there may come: controllers are enabled, a runtime makes the cgroup in one hierarchy after the other. */
const RETRY_MS = 10_000;

/** One cgroup's files, opened at their first read and held until close(). */
export class HeldCgroup {
  readonly set: CgroupSet;
  readonly #collectors: readonly Collector[];
  readonly #budget: FdBudget;
  readonly #fds: Int32Array;
  /** Of the last read(), by collector. */
  readonly #starts: Int32Array;
  readonly #lengths: Int32Array;
  #monotonicMs = 0;
  #retryAtMs = 0;

  constructor(set: CgroupSet, collectors: readonly Collector[], budget: FdBudget) {
    this.set = set;
    this.#collectors = collectors;
    this.#budget = budget;
    this.#fds = new Int32Array(collectors.length).fill(UNOPENED);
    this.#starts = new Int32Array(collectors.length);
    this.#lengths = new Int32Array(collectors.length);
  }

  /**
   * Reads the files whose index is `due`, one system call each, into `buffer` from `at` on; answers where they end. Many cgroups are read
   * before the first is parsed: what the kernel and what we need of the processor's caches do not push each other out then.
   */
  read(monotonicMs: number, due: readonly boolean[], buffer: Buffer, at: number): number {
    if (monotonicMs >= this.#retryAtMs) this.#forgetAbsent(monotonicMs);
    this.#monotonicMs = monotonicMs;
    let end = at;
    for (let index = 0; index < this.#collectors.length; index++) {
      const collector = this.#collectors[index] as Collector;
      this.#starts[index] = end;
      this.#lengths[index] =
        due[index] === true ? (collector.wanted === undefined ? this.#readOne(index, collector, buffer, end) : LATER) : NOT_DUE;
      end += Math.max(0, this.#lengths[index] as number);
    }
    return end;
  }

  /**
   * The sample that read() read. `undefined`: the cgroup is gone. What costly files said is carried on from `last`. `into`: a sample that
   * nobody looks at any more, to be written over. From `free` on the buffer may be used.
   */
  parse(buffer: Buffer, free: number, last: CgroupSample | undefined, into?: CgroupSample): CgroupSample | undefined {
    const sample = reset(into ?? newSample(), this.#monotonicMs, last);
    let found = 0;
    for (let index = 0; index < this.#collectors.length; index++) {
      const collector = this.#collectors[index] as Collector;
      let length = this.#lengths[index] as number;
      let start = this.#starts[index] as number;
      if (length === LATER && collector.wanted?.(sample) === true) {
        start = free;
        length = this.#readOne(index, collector, buffer, free);
      }
      if (length >= 0) {
        found += 1;
        collector.parse(buffer.subarray(start, start + length), sample);
      } else if (length === MISSING) collector.absent?.(sample);
    }
    if (found > 0 || cgroupExists(this.set)) return sample;
    this.close();
    return undefined;
  }

  /** The files that are held. */
  files(): { path: string; pace: Collector['pace'] }[] {
    return this.#collectors.flatMap(({ owner, file, pace }, index) => {
      const dir = directoryOf(this.set, owner);
      return (this.#fds[index] as number) >= 0 && dir !== undefined ? [{ path: `${dir}/${file}`, pace }] : [];
    });
  }

  close(): void {
    for (let index = 0; index < this.#fds.length; index++) this.#drop(index, UNOPENED);
  }

  /** Bytes read, or MISSING. */
  #readOne(index: number, collector: Collector, buffer: Buffer, at: number): number {
    let fd = this.#fds[index] as number;
    if (fd === ABSENT) return MISSING;
    try {
      if (fd < 0) {
        const dir = directoryOf(this.set, collector.owner);
        if (dir === undefined) return MISSING;
        const path = `${dir}/${collector.file}`;
        const opened = collector.pace === 'asked' ? undefined : this.#budget.open(path);
        if (opened === undefined) {
          const bytes = readInterfaceFile(path, buffer.subarray(at));
          if (bytes === undefined) this.#fds[index] = ABSENT;
          return bytes === undefined ? MISSING : bytes.length;
        }
        fd = opened;
        this.#fds[index] = fd;
      }
      // kernfs gives a file that is one record (all these are) whole in one read, if there is room.
      const length = readSync(fd, buffer, at, buffer.length - at, 0);
      if (length === buffer.length - at) throw new RangeError(`interface file larger than ${length} bytes`);
      return length;
    } catch (error) {
      if (!isAbsent(error)) throw error;
      // ENODEV: its cgroup was removed. One of the same name may have taken its place.
      this.#drop(index, fd < 0 ? ABSENT : UNOPENED);
      return MISSING;
    }
  }

  #drop(index: number, state: number): void {
    const fd = this.#fds[index] as number;
    this.#fds[index] = state;
    if (fd >= 0) this.#budget.close(fd);
  }

  #forgetAbsent(monotonicMs: number): void {
    this.#retryAtMs = monotonicMs + RETRY_MS;
    for (let index = 0; index < this.#fds.length; index++) if (this.#fds[index] === ABSENT) this.#fds[index] = UNOPENED;
  }
}

/** As a sample is before a file was read; the pressures are taken back by their collectors. */
function reset(sample: CgroupSample, monotonicMs: number, last: CgroupSample | undefined): CgroupSample {
  sample.monotonicMs = monotonicMs;
  sample.cpuUsec = undefined;
  sample.userUsec = undefined;
  sample.systemUsec = undefined;
  sample.periods = undefined;
  sample.throttledPeriods = undefined;
  sample.throttledUsec = undefined;
  sample.bursts = undefined;
  sample.burstUsec = undefined;
  sample.memoryBytes = undefined;
  sample.swapBytes = undefined;
  sample.lowEvents = undefined;
  sample.highEvents = undefined;
  sample.maxEvents = undefined;
  sample.oomEvents = undefined;
  sample.oomKills = undefined;
  sample.oomGroupKills = undefined;
  sample.pids = undefined;
  sample.pidsRefused = undefined;
  sample.frozen = false;
  sample.frozenTwin = last?.frozenTwin ?? false;
  sample.memoryStat = last?.memoryStat;
  sample.memoryStatBefore = last?.memoryStatBefore;
  sample.io = last?.io;
  sample.ioBefore = last?.ioBefore;
  return sample;
}

function newSample(): CgroupSample {
  return {
    monotonicMs: 0,
    cpuUsec: undefined,
    userUsec: undefined,
    systemUsec: undefined,
    periods: undefined,
    throttledPeriods: undefined,
    throttledUsec: undefined,
    bursts: undefined,
    burstUsec: undefined,
    memoryBytes: undefined,
    swapBytes: undefined,
    lowEvents: undefined,
    highEvents: undefined,
    maxEvents: undefined,
    oomEvents: undefined,
    oomKills: undefined,
    oomGroupKills: undefined,
    pids: undefined,
    pidsRefused: undefined,
    cpuPressure: undefined,
    memoryPressure: undefined,
    ioPressure: undefined,
    frozen: false,
    frozenTwin: false,
    memoryStat: undefined,
    memoryStatBefore: undefined,
    io: undefined,
    ioBefore: undefined,
  };
}
