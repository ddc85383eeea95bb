import type { Clock } from '#runtime/cgroup/clock.js';

/** Runs tasks one after the other, in the order they came. A task that fails does not stop the next. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #length = 0;
  #wanted: (() => void) | undefined;

  /** Resolves or rejects as the task does. */
  run<T>(task: () => T | Promise<T>): Promise<T> {
    this.#length += 1;
    this.#wanted?.();
    const result = this.#tail.then(task);
    this.#tail = result.then(this.#done, this.#done);
    return result;
  }

  /** For the task that runs: waits until another is queued behind it, or that long. */
  async rest(clock: Clock, ms: number): Promise<void> {
    if (this.#length > 1) return;
    const wanted = new AbortController();
    this.#wanted = () => wanted.abort();
    await clock.sleep(ms, wanted.signal).catch(() => undefined);
    this.#wanted = undefined;
  }

  /** Tasks queued or running. */
  get length(): number {
    return this.#length;
  }

  /** Resolves when all that is queued now has run. */
  async idle(): Promise<void> {
    await this.#tail;
  }

  readonly #done = (): void => {
    this.#length -= 1;
  };
}
