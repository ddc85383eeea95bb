/** Tells whoever waits that a tick is over; who waits for none costs it nothing. */
export class TickFeed {
  #count = 0;
  #waiting: (() => void)[] = [];

  /** Ticks so far. */
  get count(): number {
    return this.#count;
  }

  tell(): void {
    this.#count += 1;
    for (const resume of this.#waiting.splice(0)) resume();
  }

  /** Resolves at the next tick, or when `signal` aborts. */
  next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', abandon);
        resolve();
      };
      const abandon = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== done);
        resolve();
      };
      this.#waiting.push(done);
      signal.addEventListener('abort', abandon, { once: true });
    });
  }
}
