import { readSync } from 'node:fs';
import type { CgroupSample } from '#agent/model/sample.js';
import { type CgroupSet, cgroupExists, directoryOf } from '#runtime/cgroup/cgroup-set.js';
import { isAbsent, readInterfaceFile } from '#runtime/cgroup/interface-file.js';
import type { Collector } from './collector.js';
import type { FdBudget } from './fd-budget.js';

const UNOPENED = -1;
const ABSENT = -2;
/** A file that was not there may come: controllers are enabled, a runtime makes the cgroup in one hierarchy after the other. */
const RETRY_MS = 10_000;

/** One cgroup's files, opened at their first read and held until close(). */
export class HeldCgroup {
  readonly set: CgroupSet;
  readonly #collectors: readonly Collector[];
  readonly #budget: FdBudget;
  readonly #fds: Int32Array;
  #retryAtMs = 0;

  constructor(set: CgroupSet, collectors: readonly Collector[], budget: FdBudget) {
    this.set = set;
    this.#collectors = collectors;
    this.#budget = budget;
    this.#fds = new Int32Array(collectors.length).fill(UNOPENED);
  }

  /**
   * Reads the files whose index is `due`, one system call each. `undefined`: the cgroup is gone. What costly files said is carried
   * on from `last`. `into`: a sample that nobody looks at any more, to be written over.
   */
  sample(
    monotonicMs: number,
    last: CgroupSample | undefined,
    due: readonly boolean[],
    buffer: Buffer,
    into?: CgroupSample,
  ): CgroupSample | undefined {
    if (monotonicMs >= this.#retryAtMs) this.#forgetAbsent(monotonicMs);
    const sample = reset(into ?? newSample(), monotonicMs, last);
    let found = 0;
    for (let index = 0; index < this.#collectors.length; index++) {
      const collector = this.#collectors[index] as Collector;
      if (due[index] !== true || (collector.wanted !== undefined && !collector.wanted(sample))) continue;
      const bytes = this.#read(index, collector, buffer);
      if (bytes === undefined) {
        collector.absent?.(sample);
        continue;
      }
      found += 1;
      collector.parse(bytes, sample);
    }
    return found === 0 && !cgroupExists(this.set) ? undefined : sample;
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

  #read(index: number, collector: Collector, buffer: Buffer): Buffer | undefined {
    let fd = this.#fds[index] as number;
    if (fd === ABSENT) return undefined;
    try {
      if (fd < 0) {
        const dir = directoryOf(this.set, collector.owner);
        if (dir === undefined) return undefined;
        const path = `${dir}/${collector.file}`;
        const opened = collector.pace === 'asked' ? undefined : this.#budget.open(path);
        if (opened === undefined) {
          const bytes = readInterfaceFile(path, buffer);
          if (bytes === undefined) this.#fds[index] = ABSENT;
          return bytes;
        }
        fd = opened;
        this.#fds[index] = fd;
      }
      return readOnce(fd, buffer);
    } catch (error) {
      if (!isAbsent(error)) throw error;
      // ENODEV: its cgroup was removed. One of the same name may have taken its place.
      this.#drop(index, fd < 0 ? ABSENT : UNOPENED);
      return undefined;
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

/** kernfs gives a file that is one record (all these are) whole in one read, if there is room. */
function readOnce(fd: number, buffer: Buffer): Buffer {
  const length = readSync(fd, buffer, 0, buffer.length, 0);
  if (length === buffer.length) throw new RangeError(`interface file larger than ${buffer.length} bytes`);
  return buffer.subarray(0, length);
}

/** As a sample is before a file was read; the pressures are taken back by their collectors. */
function reset(sample: CgroupSample, monotonicMs: number, last: CgroupSample | undefined): CgroupSample {
  sample.monotonicMs = monotonicMs;
  sample.cpuUsec = undefined;
  sample.periods = undefined;
  sample.throttledPeriods = undefined;
  sample.throttledUsec = undefined;
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
    periods: undefined,
    throttledPeriods: undefined,
    throttledUsec: undefined,
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
