import type { CgroupSample, Sample } from '#agent/model/sample.js';
import { type ReadFiles, readFilesOneByOne } from '#native/read-files.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import type { Collector } from './collector.js';
import { collectorsOf } from './collectors.js';
import type { FdBudget } from './fd-budget.js';
import { type Due, HeldCgroup } from './held-cgroup.js';
import { NodeFiles } from './node-files.js';
import { ReadBatch } from './read-batch.js';

export interface SamplerOptions {
  host: CgroupHost;
  procRoot: string;
  sysRoot: string;
  clock: { nowMs(): number; monotonicMs(): number };
  /** Reads many files; default: a call each. */
  readFiles?: ReadFiles | undefined;
  /** Files that may be held open; shared with whoever holds others. */
  files: FdBudget;
  /** Told of a cgroup that could not be read, once until it can; it is left out of samples. */
  onFault: (id: string, error: unknown) => void;
}

/** What is sampled. */
export interface Sampled {
  readonly id: string;
  readonly cgroup: CgroupSet;
}

interface Entry {
  held: HeldCgroup;
  last: CgroupSample | undefined;
  /** The one before, which the next is written over. */
  spare: CgroupSample | undefined;
  /** In which of the slow rounds it is read. */
  turn: number;
  round: number;
  faulty: boolean;
  /** Its files could not be read this time. */
  unread: boolean;
}

/** Costly files of one cgroup are read every so many ticks, each tick those of a part. */
const SLOW_EVERY = 5;
/** Of the node's files /proc/stat is the largest, which has a number for each interrupt. */
const BUFFER_BYTES = 1 << 19;
/** Cgroups that are read before the first of them is parsed. */
const AT_ONCE = 32;

/** Reads cgroups' and the node's files, which it holds open from one sample to the next. */
export class Sampler {
  readonly #options: SamplerOptions;
  readonly #collectors: readonly Collector[];
  readonly #budget: FdBudget;
  readonly #everything: Due;
  readonly #node: NodeFiles;
  readonly #entries = new Map<string, Entry>();
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  readonly #batch: ReadBatch;
  #round = 0;
  #turn = 0;

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#collectors = collectorsOf(options.host);
    this.#everything = { due: this.#collectors.map(() => true), calm: undefined };
    this.#budget = options.files;
    this.#batch = new ReadBatch(options.readFiles ?? readFilesOneByOne);
    this.#node = new NodeFiles(options.procRoot, options.sysRoot);
  }

  /** Files held open now. */
  get openFiles(): number {
    return this.#budget.held + this.#node.open;
  }

  /**
   * One sample of these containers, which are all there are: files of others are closed. Costly files are read in turns, but for those
   * a signal of `needs` comes from, each time. The sample before it is still good, the one before that is written over.
   */
  sample(subjects: readonly Sampled[], needs: ReadonlySet<string>): Sample {
    return atOnce(this.#sampling(subjects, needs));
  }

  /** The same, but others have their turn after every few cgroups. One at a time. */
  async sampleInTurns(subjects: readonly Sampled[], needs: ReadonlySet<string>, turn: () => Promise<void>): Promise<Sample> {
    const sampling = this.#sampling(subjects, needs);
    for (;;) {
      const step = sampling.next();
      if (step.done === true) return step.value;
      await turn();
    }
  }

  *#sampling(subjects: readonly Sampled[], needs: ReadonlySet<string>): Generator<void, Sample> {
    this.#round += 1;
    const needed = this.#collectors.map(({ signals }) => signals.some((signal) => needs.has(signal)));
    const calm = this.#collectors.map(({ pace }, index) => pace === 'tick' || needed[index] === true);
    const busy = this.#collectors.map(({ pace }, index) => pace === 'busy' || calm[index] === true);
    const slow = this.#collectors.map(({ pace }, index) => pace === 'slow' || busy[index] === true);
    const [usual, whole]: [Due, Due] = [
      { due: busy, calm },
      { due: slow, calm: undefined },
    ];
    const turn = this.#round % SLOW_EVERY;
    const sample = yield* this.#take(subjects, ({ last, turn: own }) => (last === undefined || own === turn ? whole : usual), {
      disks: turn === 0,
      keep: false,
    });
    if (this.#entries.size > subjects.length) this.#forget();
    return sample;
  }

  /** One sample of these with every file read now, for whoever asks to keep. Nothing of it is carried into others. */
  sampleWhole(subjects: readonly Sampled[]): Sample {
    return atOnce(this.#take(subjects, () => this.#everything, { disks: true, keep: true }));
  }

  /** The files held of each container: those read each tick while it does something, and those of its turn. */
  *heldFiles(): Generator<{ path: string; turn: number | undefined }> {
    for (const { held, turn } of this.#entries.values())
      for (const { path, pace } of held.files()) yield { path, turn: pace === 'slow' ? turn : undefined };
  }

  /** Files read until now of the containers there are. */
  get filesRead(): number {
    let count = 0;
    for (const { held } of this.#entries.values()) count += held.filesRead;
    return count;
  }

  /** Whose turn it was at the last tick. */
  get turn(): number {
    return this.#round % SLOW_EVERY;
  }

  close(): void {
    for (const { held } of this.#entries.values()) held.close();
    this.#entries.clear();
    this.#node.close();
  }

  *#take(
    subjects: readonly Sampled[],
    dueOf: (entry: Entry) => Due,
    how: { disks: boolean; keep: boolean },
  ): Generator<void, Sample> {
    const { clock } = this.#options;
    const containers = new Map<string, CgroupSample>();
    const taken: Sample = {
      atMs: clock.nowMs(),
      monotonicMs: clock.monotonicMs(),
      node: this.#node.sample(clock.monotonicMs(), how.disks, this.#buffer),
      containers,
    };
    for (let first = 0; first < subjects.length; ) {
      const next = Math.min(subjects.length, first + AT_ONCE);
      this.#read(subjects, first, next, dueOf);
      for (; first < next; first++) {
        const { id } = subjects[first] as Sampled;
        const sample = this.#parse(id, how.keep);
        if (sample !== undefined) containers.set(id, sample);
      }
      if (first < subjects.length) yield;
    }
    return taken;
  }

  #entryOf({ id, cgroup }: Sampled): Entry {
    let entry = this.#entries.get(id);
    // The next run of a container, or one that its runtime put into another hierarchy too.
    if (entry !== undefined && entry.held.set !== cgroup) {
      entry.held.close();
      entry = undefined;
    }
    if (entry === undefined) {
      this.#turn = (this.#turn + 1) % SLOW_EVERY;
      const held = new HeldCgroup(cgroup, this.#collectors, this.#budget);
      entry = { held, last: undefined, spare: undefined, turn: this.#turn, round: 0, faulty: false, unread: false };
      this.#entries.set(id, entry);
    }
    entry.round = this.#round;
    return entry;
  }

  /** What shows whether anything happens in these cgroups, then what is due of each: two calls for all. */
  #read(subjects: readonly Sampled[], first: number, next: number, dueOf: (entry: Entry) => Due): void {
    const batch = this.#batch;
    const monotonicMs = this.#options.clock.monotonicMs();
    const each = (work: (entry: Entry) => void): void => {
      for (let index = first; index < next; index++) {
        const subject = subjects[index] as Sampled;
        const entry = this.#entryOf(subject);
        if (entry.unread) continue;
        try {
          work(entry);
        } catch (error) {
          this.#fault(subject.id, entry, error);
        }
      }
      batch.read();
    };
    batch.clear();
    for (let index = first; index < next; index++) this.#entryOf(subjects[index] as Sampled).unread = false;
    each((entry) => entry.held.askPulse(monotonicMs, dueOf(entry), batch));
    each((entry) => entry.held.ask(dueOf(entry), batch));
  }

  #parse(id: string, keep: boolean): CgroupSample | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.unread) return undefined;
    try {
      const sample = entry.held.parse(this.#batch, entry.last, keep ? undefined : entry.spare);
      entry.faulty = false;
      if (keep) return sample;
      if (sample !== undefined) entry.spare = entry.last;
      entry.last = sample;
      return sample;
    } catch (error) {
      this.#fault(id, entry, error);
      return undefined;
    }
  }

  #fault(id: string, entry: Entry, error: unknown): void {
    if (!entry.faulty) this.#options.onFault(id, error);
    entry.faulty = true;
    entry.unread = true;
    entry.last = undefined;
  }

  #forget(): void {
    for (const [id, entry] of this.#entries)
      if (entry.round !== this.#round) {
        entry.held.close();
        this.#entries.delete(id);
      }
  }
}

function atOnce(sampling: Generator<void, Sample>): Sample {
  for (;;) {
    const step = sampling.next();
    if (step.done === true) return step.value;
  }
}
