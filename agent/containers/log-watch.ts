import { type FSWatcher, watch } from 'node:fs';

/** How often a log is looked at when no inotify watch can be had. */
const POLL_MS = 250;

/** Wakes a reader when files of a directory change, when it is told to, or when it is closed. */
export class ChangeWatch {
  readonly #watcher: FSWatcher | undefined;
  readonly #poll: NodeJS.Timeout | undefined;
  #changed = false;
  #wake: (() => void) | undefined;

  constructor(dir: string) {
    try {
      this.#watcher = watch(dir, { persistent: false }, () => this.notify());
      this.#watcher.on('error', () => this.notify());
    } catch (error) {
      // ENOSPC, EMFILE: the user's inotify watches are used up; reading must work all the same.
      if (!['ENOSPC', 'EMFILE'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      this.#poll = setInterval(() => this.notify(), POLL_MS).unref();
    }
  }

  readonly notify = (): void => {
    this.#changed = true;
    this.#wake?.();
  };

  /** Resolves at once when something changed since the last call, else at the next change. */
  async changed(): Promise<void> {
    if (!this.#changed) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    this.#changed = false;
  }

  close(): void {
    this.#watcher?.close();
    clearInterval(this.#poll);
    this.notify();
  }
}
