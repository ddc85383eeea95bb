import type { Clock } from '#agent/containers/clock.js';
import { AgentError } from '#agent/contract/errors.js';
import type { HistoryBackend, HistoryQuery, HistoryView } from '#agent/contract/journal.js';
import type { MomentView } from '#agent/contract/moment.js';
import type { Snapshot } from '#agent/contract/snapshot.js';
import type { JournalFailure, JournalThread } from '#agent/store/journal/journal-thread.js';
import type { Questions } from '#agent/store/journal/messages.js';
import { type FinishedTail, TailFiles } from './tail/tail-files.js';

export interface HistoryOptions {
  thread: JournalThread;
  clock: Clock;
  /** Where tails are, in memory if possible. */
  tailDir: string;
  /** Told once when history cannot be written, and once when it can again. */
  onTrouble: (message: string) => void;
}

/** Tails that wait for the disk; the oldest beyond are lost. */
const MOST_WAITING = 10;
/** What is still gathered is handed on for a reader, but not for each. */
const FLUSH_EVERY_MS = 10_000;

/** What containers used, kept: each tick goes to a tail at once, and with some sixty others into history.db. */
export class History implements HistoryBackend {
  readonly #options: HistoryOptions;
  readonly #tails: TailFiles;
  /** The first is under way. */
  #waiting: FinishedTail[];
  #handing: Promise<void> | undefined;
  #flushedMs = Number.NEGATIVE_INFINITY;
  #failure: string | undefined;
  #lostSamples = 0;
  #writtenSamples = 0;

  /** What an earlier agent did not get to goes first. Throws what the file system says of the directory of tails. */
  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#tails = new TailFiles(options.tailDir);
    this.#waiting = this.#tails.left();
    this.#hand(undefined);
  }

  /** Why it cannot be written now, and what of it is lost. */
  get health(): { failure: string | undefined; writtenSamples: number; lostSamples: number } {
    return { failure: this.#failure, writtenSamples: this.#writtenSamples, lostSamples: this.#lostSamples };
  }

  /** With the kernel when it returns. */
  observe(snapshot: Snapshot): void {
    try {
      this.#hand(this.#tails.observe(snapshot));
    } catch (error) {
      this.#lost(1 + snapshot.containers.length, (error as Error).message);
      // What is whole of it is kept.
      this.#hand(this.#tails.finish());
    }
  }

  /** Throws NOT_FOUND when nothing was recorded of such a container. */
  async history(query: HistoryQuery): Promise<HistoryView> {
    await this.handOn();
    const view = await this.#options.thread.ask('history', query);
    if (view === null)
      throw new AgentError('NOT_FOUND', `nothing was recorded of a container ${JSON.stringify(query.container)}`);
    return view;
  }

  /** The last tick at or before `atMs`, else the first there is. Throws NOT_FOUND when nothing was recorded. */
  async moment(atMs: number): Promise<MomentView> {
    await this.handOn();
    const view = await this.#options.thread.ask('moment', atMs);
    if (view === null) throw new AgentError('NOT_FOUND', 'nothing was recorded yet');
    return view;
  }

  /** Puts into history.db what is still in a tail, unless that was done a moment ago. */
  async handOn(): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#flushedMs >= FLUSH_EVERY_MS) {
      this.#flushedMs = nowMs;
      this.#hand(this.#tails.finish());
    }
    await this.#handing;
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    this.#hand(this.#tails.finish());
    await this.#handing;
  }

  #hand(tail: FinishedTail | undefined): void {
    if (tail !== undefined) this.#waiting.push(tail);
    if (this.#waiting.length > MOST_WAITING) {
      const [lost] = this.#waiting.splice(1, 1);
      if (lost !== undefined) this.#forget(lost, lost.rows ?? 0, 'the disk does not keep up');
    }
    if (this.#waiting.length > 0) this.#handing ??= this.#handAll();
  }

  async #handAll(): Promise<void> {
    for (let tail = this.#waiting[0]; tail !== undefined; tail = this.#waiting[0]) {
      await this.#handOne(tail);
      this.#waiting.shift();
    }
    this.#handing = undefined;
  }

  /** A part at a time: whoever waits for the journal's thread does not wait for all of them. */
  async #handOne(tail: FinishedTail): Promise<void> {
    let written = 0;
    try {
      let from: number | null = 0;
      while (from !== null) {
        const asked: Questions['tail']['asked'] = { path: tail.path, from, left: tail.rows === undefined };
        const answer: Questions['tail']['answer'] = await this.#options.thread.ask('tail', asked);
        written += answer.rows;
        this.#writtenSamples += answer.rows;
        from = answer.next;
      }
      this.#tails.remove(tail);
      if (this.#failure === undefined) return;
      this.#failure = undefined;
      this.#options.onTrouble('history is written again');
    } catch (error) {
      this.#forget(tail, Math.max(0, (tail.rows ?? 0) - written), (error as JournalFailure).message);
    }
  }

  #forget(tail: FinishedTail, rows: number, why: string): void {
    this.#lost(rows, why);
    try {
      this.#tails.remove(tail);
    } catch (error) {
      this.#lost(0, (error as Error).message);
    }
  }

  #lost(rows: number, why: string): void {
    this.#lostSamples += rows;
    if (this.#failure === undefined) this.#options.onTrouble(`${why}: samples are lost until it can be written again`);
    this.#failure = why;
  }
}
