/** Time as the containers see it; the real one is made in agent/main.ts, tests pass a fake one. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Milliseconds that never go back. */
  monotonicMs(): number;
  /** Calls back once after `delayMs`; the returned function cancels it. The timer never keeps the process alive. */
  after(delayMs: number, callback: () => void): () => void;
}

/** An RFC 3339 time with milliseconds. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}
