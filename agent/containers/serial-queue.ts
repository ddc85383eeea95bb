/** Runs tasks one after the other, in the order they came. A task that fails does not stop the next. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #length = 0;

  /** Resolves or rejects as the task does. */
  run<T>(task: () => T | Promise<T>): Promise<T> {
    this.#length += 1;
    const result = this.#tail.then(task);
    this.#tail = result.then(this.#done, this.#done);
    return result;
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
