import { readSync } from 'node:fs';
import type { CgroupSample } from '#agent/model/sample.js';
import { type CgroupSet, cgroupExists, directoryOf } from '#runtime/cgroup/cgroup-set.js';
import { isAbsent, readInterfaceFile } from '#runtime/cgroup/interface-file.js';
import { carryOn, differs, isPressed, newSample, reset } from './cgroup-sample.js';
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
/** The kernel works out pressure every two seconds: what the last bit of work led to is known after so long. */
const STILL_MS = 2500;
/** Where figures changed though nothing seemed to run (processes stand in some hierarchies only), all files are read for so long. */
const DISTRUST_MS = 60_000;
/** cpu.stat of v2. */
const PULSE_BYTES = 512;

/** One cgroup's files, opened at their first read and held until close(). */
export class HeldCgroup {
  readonly set: CgroupSet;
  /** Until now, by held fds. */
  filesRead = 0;
  readonly #collectors: readonly Collector[];
  readonly #budget: FdBudget;
  readonly #fds: Int32Array;
  /** Of the last read(), by collector. */
  readonly #starts: Int32Array;
  readonly #lengths: Int32Array;
  #monotonicMs = 0;
  #retryAtMs = 0;
  /** Of the collectors; none: never calm. */
  readonly #pulse: number;
  readonly #pulseBytes = new Uint8Array(PULSE_BYTES);
  #pulseLength = 0;
  /** When it was last seen to have used the CPU. */
  #ranMs = 0;
  #pressed = true;
  #distrustUntilMs = 0;
  /** The last read() left files out. */
  #calm = false;

  constructor(set: CgroupSet, collectors: readonly Collector[], budget: FdBudget) {
    this.set = set;
    this.#collectors = collectors;
    this.#budget = budget;
    this.#fds = new Int32Array(collectors.length).fill(UNOPENED);
    this.#starts = new Int32Array(collectors.length);
    this.#lengths = new Int32Array(collectors.length);
    this.#pulse = collectors.findIndex(({ pulse }) => pulse === true);
  }

  /**
   * Reads the files whose index is `due`, one system call each, into `buffer` from `at` on; answers where they end. `calm`: those of a cgroup in
   * which nothing happens; undefined: all that are due, whatever happens. Many cgroups are read before the first is parsed: what the kernel and
   * what we need of the processor's caches do not push each other out then.
   */
  read(
    monotonicMs: number,
    { due, calm }: { due: readonly boolean[]; calm: readonly boolean[] | undefined },
    buffer: Buffer,
    at: number,
  ): number {
    if (monotonicMs >= this.#retryAtMs) this.#forgetAbsent(monotonicMs);
    this.#monotonicMs = monotonicMs;
    this.#calm = false;
    let [end, wanted] = [at, due];
    for (let index = 0; index < this.#collectors.length; index++) {
      const collector = this.#collectors[index] as Collector;
      this.#starts[index] = end;
      const length =
        wanted[index] === true
          ? collector.wanted === undefined
            ? this.#readOne(index, collector, buffer, end)
            : LATER
          : NOT_DUE;
      this.#lengths[index] = length;
      if (index === this.#pulse) {
        this.#feel(buffer, end, length);
        this.#calm = calm !== undefined && this.#isStill() && monotonicMs >= this.#distrustUntilMs;
        if (this.#calm && calm !== undefined) wanted = calm;
      }
      end += Math.max(0, length);
    }
    return end;
  }

  /** Whether nothing happened in it of late, nor waits for anything. */
  #isStill(): boolean {
    return this.#monotonicMs - this.#ranMs >= STILL_MS && !this.#pressed;
  }

  #feel(buffer: Buffer, start: number, length: number): void {
    const known = this.#pulseBytes;
    let same = length > 0 && length === this.#pulseLength && length <= PULSE_BYTES;
    for (let at = 0; same && at < length; at++) same = known[at] === buffer[start + at];
    if (same) return;
    this.#ranMs = this.#monotonicMs;
    this.#pulseLength = length;
    if (length > 0 && length <= PULSE_BYTES) known.set(buffer.subarray(start, start + length));
  }

  /**
   * The sample that read() read. `undefined`: the cgroup is gone. What costly files said is carried on from `last`. `into`: a sample that
   * nobody looks at any more, to be written over. From `free` on the buffer may be used.
   */
  parse(buffer: Buffer, free: number, last: CgroupSample | undefined, into?: CgroupSample): CgroupSample | undefined {
    const sample = reset(into ?? newSample(), this.#monotonicMs, last);
    if (this.#calm && last !== undefined) carryOn(sample, last);
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
        collector.parse(buffer, start, start + length, sample);
      } else if (length === MISSING) collector.absent?.(sample);
    }
    if (found === 0 && !cgroupExists(this.set)) {
      this.close();
      return undefined;
    }
    if (!this.#calm && this.#isStill() && last !== undefined && differs(sample, last))
      this.#distrustUntilMs = this.#monotonicMs + DISTRUST_MS;
    this.#pressed = isPressed(sample.cpuPressure) || isPressed(sample.memoryPressure) || isPressed(sample.ioPressure);
    return sample;
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
      this.filesRead += 1;
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
