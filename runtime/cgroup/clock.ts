import { setTimeout as sleep } from 'node:timers/promises';

/** Time, passed in so that a test can own it. */
export interface Clock {
  /** Milliseconds that only go forward (performance.now()). */
  nowMs(): number;
  /** Resolves after that long; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock, for whoever wires things together. */
export const monotonicClock: Clock = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};
