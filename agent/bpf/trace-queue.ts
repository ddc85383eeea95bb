import type { TraceEvent } from '#agent/contract/trace.js';

/** A reader that is this far behind loses what comes. */
const MAX_QUEUED = 20_000;

/** Events on their way to one reader, who may be slower than they come. */
export class TraceQueue {
  #events: TraceEvent[] = [];
  #lost = 0;
  #wake: (() => void) | undefined;
  #failure: Error | undefined;

  push(event: TraceEvent): void {
    if (this.#events.length >= MAX_QUEUED) this.#lost += 1;
    else this.#events.push(event);
    this.wake();
  }

  /** That many did not reach us at all. */
  lost(count: number): void {
    this.#lost += count;
    this.wake();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.wake();
  }

  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** What came since, and how many were lost on the way; waits for some. Empty when woken without any. */
  async take(): Promise<{ events: TraceEvent[]; lost: number }> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#events.length === 0 && this.#lost === 0)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    if (this.#failure !== undefined) throw this.#failure;
    const taken = { events: this.#events, lost: this.#lost };
    this.#events = [];
    this.#lost = 0;
    return taken;
  }
}
