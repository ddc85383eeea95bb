import type { Clock } from '#agent/containers/clock.js';
import { AgentError } from '#agent/contract/errors.js';
import type { HistoryBackend, HistoryQuery, HistoryView } from '#agent/contract/journal.js';
import type { MomentView } from '#agent/contract/moment.js';
import type { Snapshot } from '#agent/contract/snapshot.js';
import type { JournalFailure, JournalThread } from '#agent/store/journal/journal-thread.js';
import { HistoryRecorder } from './recorder.js';
import type { Segment } from './segment.js';

export interface HistoryOptions {
  thread: JournalThread;
  clock: Clock;
  /** Told once when history cannot be written, and once when it can again. */
  onTrouble: (message: string) => void;
}

/** Segments on their way to the disk; what comes beyond is lost. */
const MOST_UNDER_WAY = 5000;
/** What is still gathered is handed on for a reader, but not for each. */
const FLUSH_EVERY_MS = 10_000;

/** What containers used, kept; the newest minute is in memory. */
export class History implements HistoryBackend {
  readonly #options: HistoryOptions;
  readonly #recorder = new HistoryRecorder((segments) => this.#send(segments));
  #underWay = 0;
  #sent: Promise<unknown> = Promise.resolve();
  #flushedMs = Number.NEGATIVE_INFINITY;
  #failure: string | undefined;
  #lostSamples = 0;
  #writtenSamples = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Why it cannot be written now, and what of it is lost. */
  get health(): { failure: string | undefined; writtenSamples: number; lostSamples: number } {
    return { failure: this.#failure, writtenSamples: this.#writtenSamples, lostSamples: this.#lostSamples };
  }

  observe(snapshot: Snapshot): void {
    this.#recorder.observe(snapshot);
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

  /** Puts on disk what is still in memory, unless that was done a moment ago. */
  async handOn(): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#flushedMs >= FLUSH_EVERY_MS) {
      this.#flushedMs = nowMs;
      this.#recorder.flush();
    }
    await this.#sent;
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    this.#recorder.flush();
    await this.#sent;
  }

  #send(segments: Segment[]): void {
    const rows = segments.reduce((sum, { times }) => sum + times.length, 0);
    if (this.#underWay > MOST_UNDER_WAY) {
      this.#lostSamples += rows;
      return;
    }
    this.#underWay += segments.length;
    const transfer = segments.flatMap(({ times, values }) => [times.buffer as ArrayBuffer, values.buffer as ArrayBuffer]);
    this.#sent = this.#options.thread.ask('append', segments, transfer).then(
      () => {
        this.#underWay -= segments.length;
        this.#writtenSamples += rows;
        if (this.#failure === undefined) return;
        this.#failure = undefined;
        this.#options.onTrouble('history is written again');
      },
      ({ message }: JournalFailure) => {
        this.#underWay -= segments.length;
        this.#lostSamples += rows;
        if (this.#failure === undefined) this.#options.onTrouble(`${message}: samples are lost until it can be written again`);
        this.#failure = message;
      },
    );
  }
}
