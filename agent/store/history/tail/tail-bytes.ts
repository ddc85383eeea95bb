import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Reads tails into memory that it keeps from one to the next; one that is read in parts is read once. */
export class TailBytes {
  #memory = Buffer.alloc(0);
  #bytes = this.#memory;
  #path: string | undefined;

  /** All of a tail, good until the next call; `anew`: as it is now, not as it was for the part before. Throws what the file system says. */
  read(path: string, anew: boolean): Buffer {
    if (!anew && path === this.#path) return this.#bytes;
    this.#path = undefined;
    const fd = openSync(path, 'r');
    try {
      this.#bytes = this.#readAll(fd, fstatSync(fd).size);
    } finally {
      closeSync(fd);
    }
    this.#path = path;
    return this.#bytes;
  }

  #readAll(fd: number, size: number): Buffer<ArrayBuffer> {
    // Not from Node's pool, which others' bytes keep.
    if (this.#memory.length < size) this.#memory = Buffer.allocUnsafeSlow(size);
    let length = 0;
    while (length < size) {
      const read = readSync(fd, this.#memory, length, size - length, null);
      if (read === 0) break;
      length += read;
    }
    return this.#memory.subarray(0, length);
  }
}
