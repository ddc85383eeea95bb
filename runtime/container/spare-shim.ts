import { KernelError } from '#native/kernel-error.js';
import type { RuntimeHost } from './host.js';
import { dropShim, type PlayerNeeds, spawnShim, type WaitingShim } from './waiting-shim.js';

/** What most containers need. */
const USUAL: PlayerNeeds = { tty: false, stdin: false, inherit: [] };
/** After one was taken: what is started with it has the processors first. */
const NEXT_AFTER_MS = 20;

/**
 * One shim started ahead, so that the next container need not wait for two execs (3 ms of its start). It is an unborn child of this process:
 * it ends with it, and has done nothing.
 */
export class SpareShim {
  readonly #host: RuntimeHost;
  #spare: WaitingShim | undefined;
  #wanted = false;
  #pause: AbortController | undefined;

  constructor(host: RuntimeHost) {
    this.#host = host;
  }

  /** From now on there is one, a moment after the last was taken. */
  keep(): void {
    this.#wanted = true;
    this.#start();
  }

  /** The one that waits, where it suits; the caller launches or drops it. */
  take(needs: PlayerNeeds, room: number): WaitingShim | undefined {
    const spare = this.#spare;
    if (spare === undefined) this.#startLater();
    if (spare === undefined || room > spare.room || needs.tty || needs.stdin || needs.inherit.length > 0) return undefined;
    this.#spare = undefined;
    this.#startLater();
    return spare;
  }

  close(): void {
    this.#wanted = false;
    this.#pause?.abort();
    if (this.#spare !== undefined) dropShim(this.#spare);
    this.#spare = undefined;
  }

  #start(): void {
    this.#pause = undefined;
    if (!this.#wanted || this.#spare !== undefined) return;
    try {
      const spare = spawnShim(this.#host, USUAL);
      this.#spare = spare;
      void spare.ended.then(() => this.#ended(spare));
    } catch (error) {
      // A container that is to start meets the same, and says so.
      if (!(error instanceof KernelError)) throw error;
    }
  }

  #startLater(): void {
    if (!this.#wanted || this.#pause !== undefined) return;
    this.#pause = new AbortController();
    this.#host.clock.sleep(NEXT_AFTER_MS, this.#pause.signal).then(
      () => this.#start(),
      // Nobody wants one any more.
      () => undefined,
    );
  }

  /** Killed while it waited. */
  #ended(spare: WaitingShim): void {
    if (this.#spare !== spare) return;
    this.#spare = undefined;
    dropShim(spare);
  }
}
