import { AgentError } from '#agent/contract/errors.js';

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** Callers waiting for one thing to happen; each may give up on its own. */
export class WaitList<T> {
  readonly #waiters = new Set<Waiter<T>>();

  /** Resolves at the next `resolveAll`; rejects with CANCELLED when `signal` aborts. */
  wait(signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const abandon = (): void => {
        this.#waiters.delete(waiter);
        reject(new AgentError('CANCELLED', 'the wait was given up'));
      };
      if (signal?.aborted === true) {
        reject(new AgentError('CANCELLED', 'the wait was given up'));
        return;
      }
      const settled = (): void => signal?.removeEventListener('abort', abandon);
      const waiter: Waiter<T> = {
        resolve: (value) => {
          settled();
          resolve(value);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', abandon, { once: true });
    });
  }

  get size(): number {
    return this.#waiters.size;
  }

  resolveAll(value: T): void {
    for (const waiter of this.#take()) waiter.resolve(value);
  }

  rejectAll(error: Error): void {
    for (const waiter of this.#take()) waiter.reject(error);
  }

  #take(): Waiter<T>[] {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    return waiters;
  }
}
