import type { CgroupSample } from '#agent/model/sample.js';
import { errnoNumber, KernelError } from '#native/kernel-error.js';
import { type CgroupSet, cgroupExists, directoryOf } from '#runtime/cgroup/cgroup-set.js';
import { isAbsent, readInterfaceFile, readWhole } from '#runtime/cgroup/interface-file.js';
import { carryOn, differs, isPressed, newSample, reset } from './cgroup-sample.js';
import type { Collector } from './collector.js';
import type { FdBudget } from './fd-budget.js';
import type { ReadBatch } from './read-batch.js';

const UNOPENED = -1;
const ABSENT = -2;
/** There is no room to hold it, or it is seldom read. */
const UNHELD = -3;
/** In place of a number in the batch. */
const NOT_DUE = -1;
const MISSING = -2;
const LATER = -3;
const GONE = new Set(['ENODEV', 'ENOENT', 'EOPNOTSUPP'].map(errnoNumber));
/** A file that was not there may come: controllers are enabled, a runtime makes the cgroup in one hierarchy after the other. */
const RETRY_MS = 10_000;
/** The kernel works out pressure every two seconds: what the last bit of work led to is known after so long. */
const STILL_MS = 2500;
/** Where figures changed though nothing seemed to run (processes stand in some hierarchies only), all files are read for so long. */
const DISTRUST_MS = 60_000;
/** cpu.stat of v2. */
const PULSE_BYTES = 512;

/** Which files are read, by collector: those that are `due`, and those of one in which nothing happens; undefined: all that are due. */
export interface Due {
  due: readonly boolean[];
  calm: readonly boolean[] | undefined;
}

/** One cgroup's files, opened at their first read and held until close(). */
export class HeldCgroup {
  readonly set: CgroupSet;
  /** Until now, by held fds. */
  filesRead = 0;
  readonly #collectors: readonly Collector[];
  readonly #budget: FdBudget;
  readonly #fds: Int32Array;
  /** By collector: its number in the batch. */
  readonly #slots: Int32Array;
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
    this.#slots = new Int32Array(collectors.length).fill(NOT_DUE);
    this.#pulse = collectors.findIndex(({ pulse }) => pulse === true);
  }

  /** First of two: asks for the file that shows whether anything happens in it. */
  askPulse(monotonicMs: number, { due }: Due, batch: ReadBatch): void {
    if (monotonicMs >= this.#retryAtMs) this.#forgetAbsent(monotonicMs);
    this.#monotonicMs = monotonicMs;
    this.#calm = false;
    this.#slots.fill(NOT_DUE);
    if (this.#pulse >= 0 && due[this.#pulse] === true) this.#ask(this.#pulse, batch);
  }

  /** Once that was read, asks for the others. Many cgroups' are read together, before the first is parsed. */
  ask({ due, calm }: Due, batch: ReadBatch): void {
    let wanted = due;
    if (this.#pulse >= 0) {
      this.#feel(batch, this.#slots[this.#pulse] as number);
      this.#calm = calm !== undefined && this.#isStill() && this.#monotonicMs >= this.#distrustUntilMs;
      if (this.#calm && calm !== undefined) wanted = calm;
    }
    for (let index = 0; index < this.#collectors.length; index++)
      if (index !== this.#pulse && wanted[index] === true) this.#ask(index, batch);
  }

  #ask(index: number, batch: ReadBatch): void {
    const collector = this.#collectors[index] as Collector;
    if (collector.wanted !== undefined) {
      this.#slots[index] = LATER;
      return;
    }
    const fd = this.#open(index, collector);
    this.#slots[index] = fd >= 0 ? batch.add(fd) : fd === UNHELD ? LATER : MISSING;
  }

  /** Whether nothing happened in it of late, nor waits for anything. */
  #isStill(): boolean {
    return this.#monotonicMs - this.#ranMs >= STILL_MS && !this.#pressed;
  }

  #feel(batch: ReadBatch, slot: number): void {
    const [known, { buffer }] = [this.#pulseBytes, batch];
    const [start, length] = slot < 0 ? [0, 0] : [batch.start(slot), batch.length(slot)];
    let same = length > 0 && length === this.#pulseLength && length <= PULSE_BYTES;
    for (let at = 0; same && at < length; at++) same = known[at] === buffer[start + at];
    if (same) return;
    this.#ranMs = this.#monotonicMs;
    this.#pulseLength = length;
    if (length > 0 && length <= PULSE_BYTES) known.set(buffer.subarray(start, start + length));
  }

  /**
   * The sample of what was read. `undefined`: the cgroup is gone. What was left out is carried on from `last`. `into`: a sample that nobody looks
   * at any more, to be written over. Throws KernelError.
   */
  parse(batch: ReadBatch, last: CgroupSample | undefined, into?: CgroupSample): CgroupSample | undefined {
    const sample = reset(into ?? newSample(), this.#monotonicMs, last);
    if (this.#calm && last !== undefined) carryOn(sample, last);
    let found = 0;
    for (let index = 0; index < this.#collectors.length; index++) {
      const slot = this.#slots[index] as number;
      if (slot === NOT_DUE) continue;
      const collector = this.#collectors[index] as Collector;
      if (slot === LATER && collector.wanted?.(sample) === false) continue;
      const bytes = slot >= 0 ? batch.length(slot) : slot === LATER ? this.#readOne(index, collector, batch) : MISSING;
      if (bytes >= 0) {
        const start = slot >= 0 ? batch.start(slot) : batch.end;
        found += 1;
        this.filesRead += 1;
        collector.parse(batch.buffer, start, start + bytes, sample);
        continue;
      }
      if (slot >= 0) this.#failed(index, collector, -bytes);
      collector.absent?.(sample);
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

  /** A file that is not held, or that another one tells whether it is read at all: its bytes are at the batch's end. */
  #readOne(index: number, collector: Collector, batch: ReadBatch): number {
    const fd = this.#open(index, collector);
    if (fd === ABSENT) return MISSING;
    const room = batch.room();
    try {
      if (fd >= 0) return readWhole(fd, room).length;
      const bytes = readInterfaceFile(`${directoryOf(this.set, collector.owner)}/${collector.file}`, room);
      if (bytes === undefined) this.#fds[index] = ABSENT;
      return bytes === undefined ? MISSING : bytes.length;
    } catch (error) {
      if (!isAbsent(error)) throw error;
      this.#drop(index, UNOPENED);
      return MISSING;
    }
  }

  /** Its fd, ABSENT, or UNHELD. */
  #open(index: number, collector: Collector): number {
    const fd = this.#fds[index] as number;
    if (fd >= 0 || fd === ABSENT) return fd;
    const dir = directoryOf(this.set, collector.owner);
    if (dir === undefined) return ABSENT;
    if (collector.pace === 'asked') return UNHELD;
    try {
      const opened = this.#budget.open(`${dir}/${collector.file}`);
      if (opened === undefined) return UNHELD;
      this.#fds[index] = opened;
      return opened;
    } catch (error) {
      if (!isAbsent(error)) throw error;
      this.#fds[index] = ABSENT;
      return ABSENT;
    }
  }

  /** ENODEV: its cgroup was removed. One of the same name may have taken its place. */
  #failed(index: number, { owner, file }: Collector, errno: number): void {
    if (!GONE.has(errno)) throw new KernelError({ syscall: 'pread', target: `${directoryOf(this.set, owner)}/${file}`, errno });
    this.#drop(index, UNOPENED);
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
