import { closeSync } from 'node:fs';

/**
 * Owns an open file descriptor: exactly one owner closes it, once. `using fd = …` closes it at the end of the block. Using one that
 * was closed or given away throws, because the number may already be somebody else's file.
 */
export class Fd implements Disposable {
  #number: number;
  /** What it is, for errors. */
  readonly what: string;

  /** Takes over `number`; `what` names it in errors, e.g. `tape of 3f2a`. */
  constructor(number: number, what: string) {
    if (!Number.isInteger(number) || number < 0) throw new RangeError(`${what}: ${number} is no file descriptor`);
    this.#number = number;
    this.what = what;
  }

  /** The descriptor, still owned by this object. */
  get number(): number {
    if (this.#number < 0) throw new Error(`${this.what}: the descriptor is closed or was given away`);
    return this.#number;
  }

  /** The descriptor, for a new owner (a socket, a child): this object is done with it. */
  take(): number {
    const number = this.number;
    this.#number = -1;
    return number;
  }

  /** Closes it; a second close throws. */
  close(): void {
    closeSync(this.take());
  }

  /** Closes it unless it was closed or given away before. */
  [Symbol.dispose](): void {
    if (this.#number >= 0) this.close();
  }
}
