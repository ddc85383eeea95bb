/** Timers that go with who set them. */
export class Timers {
  readonly #after: (delayMs: number, callback: () => void) => () => void;
  readonly #pending = new Set<() => void>();

  constructor(clock: { after(delayMs: number, callback: () => void): () => void }) {
    this.#after = (delayMs, callback) => clock.after(delayMs, callback);
  }

  /** Answers what takes it back. */
  after(delayMs: number, callback: () => void): () => void {
    const cancelTimer = this.#after(delayMs, () => {
      this.#pending.delete(cancel);
      callback();
    });
    const cancel = (): void => {
      this.#pending.delete(cancel);
      cancelTimer();
    };
    this.#pending.add(cancel);
    return cancel;
  }

  close(): void {
    for (const cancel of [...this.#pending]) cancel();
  }
}
