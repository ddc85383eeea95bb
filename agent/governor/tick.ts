import type { Snapshot } from '#agent/contract/snapshot.js';

export interface TickOptions {
  periodMs: number;
  clock: { monotonicMs(): number; after(delayMs: number, callback: () => void): () => void };
  /** Makes this tick's snapshot; the next tick waits for it. */
  take: () => Snapshot | Promise<Snapshot>;
  /** A tick took longer than half a period, which the one before did not. */
  onSlow: (tookMs: number) => void;
  onFault: (error: unknown) => void;
}

/** What a listener returns is waited for by nobody; its failure is told. */
export type TickListener = (snapshot: Snapshot) => void | Promise<void>;

/** Counts of one agent's ticks. */
export interface TickFigures {
  ticks: number;
  /** Begun more than half a period after they were due, or left out. */
  late: number;
  seconds: number;
  /** How many took up to so many seconds, by TICK_BUCKETS. */
  readonly buckets: number[];
  /** One more than `ticks` while one is under way. */
  begun: number;
  /** How long after it was due each began, which is what the event loop had to do before; and those by TICK_BUCKETS. */
  lagSeconds: number;
  readonly lagBuckets: number[];
}

export const TICK_BUCKETS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/**
 * Takes a snapshot every period and hands it to whoever listens, in the order they came. Due times are those of the start, so nothing
 * drifts; what is due while a tick is under way is left out and counted, so nothing piles up. A failing tick or listener stops nothing.
 */
export class Ticker {
  readonly figures: TickFigures = {
    ticks: 0,
    late: 0,
    seconds: 0,
    buckets: TICK_BUCKETS.map(() => 0),
    begun: 0,
    lagSeconds: 0,
    lagBuckets: TICK_BUCKETS.map(() => 0),
  };
  readonly #options: TickOptions;
  readonly #listeners: TickListener[] = [];
  #startMs = 0;
  /** The tick that is due next, counted in periods from the start. */
  #next = 0;
  #cancel: (() => void) | undefined;
  #slow = false;
  #underWay: Promise<void> | undefined;

  constructor(options: TickOptions) {
    this.#options = options;
  }

  listen(listener: TickListener): void {
    this.#listeners.push(listener);
  }

  /** The first tick is now. */
  start(): void {
    this.#startMs = this.#options.clock.monotonicMs();
    this.#next = 0;
    this.#arm();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Resolves when no tick is under way. */
  async idle(): Promise<void> {
    await this.#underWay;
  }

  #arm(): void {
    const { clock, periodMs } = this.#options;
    const dueMs = this.#startMs + this.#next * periodMs;
    this.#cancel = clock.after(Math.max(0, dueMs - clock.monotonicMs()), () => this.#tick(dueMs));
  }

  #tick(dueMs: number): void {
    const { clock, periodMs, onFault } = this.#options;
    const beganMs = clock.monotonicMs();
    if (beganMs - dueMs > periodMs / 2) this.figures.late += 1;
    this.#countLag(Math.max(0, beganMs - dueMs) / 1000);
    try {
      const taken = this.#options.take();
      if (taken instanceof Promise) {
        this.#underWay = taken
          .then((snapshot) => this.#hand(snapshot))
          .catch(onFault)
          .finally(() => {
            this.#underWay = undefined;
            this.#ended(beganMs);
          });
        return;
      }
      this.#hand(taken);
    } catch (error) {
      onFault(error);
    }
    this.#ended(beganMs);
  }

  #ended(beganMs: number): void {
    const { clock, periodMs } = this.#options;
    const endedMs = clock.monotonicMs();
    this.#count(endedMs - beganMs);
    const next = Math.max(this.#next + 1, Math.ceil((endedMs - this.#startMs) / periodMs));
    this.figures.late += next - this.#next - 1;
    this.#next = next;
    if (this.#cancel !== undefined) this.#arm();
  }

  /** Nobody is told once it was stopped. */
  #hand(snapshot: Snapshot): void {
    if (this.#cancel === undefined) return;
    for (const listener of this.#listeners) this.#tell(listener, snapshot);
  }

  #tell(listener: TickListener, snapshot: Snapshot): void {
    const { onFault } = this.#options;
    try {
      const told = listener(snapshot);
      if (told !== undefined) told.catch(onFault);
    } catch (error) {
      onFault(error);
    }
  }

  #countLag(seconds: number): void {
    this.figures.begun += 1;
    this.figures.lagSeconds += seconds;
    addTo(this.figures.lagBuckets, seconds);
  }

  #count(tookMs: number): void {
    const { figures } = this;
    figures.ticks += 1;
    figures.seconds += tookMs / 1000;
    addTo(figures.buckets, tookMs / 1000);
    const slow = tookMs > this.#options.periodMs / 2;
    if (slow && !this.#slow) this.#options.onSlow(tookMs);
    this.#slow = slow;
  }
}

function addTo(buckets: number[], seconds: number): void {
  const bucket = TICK_BUCKETS.findIndex((bound) => seconds <= bound);
  if (bucket >= 0) buckets[bucket] = (buckets[bucket] ?? 0) + 1;
}
