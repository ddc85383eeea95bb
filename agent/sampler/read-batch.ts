import type { ReadFiles } from '#native/read-files.js';

const FIRST_FILES = 1024;
/** memory.stat and io.stat of a machine with many disks are the largest. */
const FIRST_BYTES = 1 << 19;
const ROOM_BYTES = 1 << 18;
const MOST_BYTES = 1 << 26;

/** Files that are read together. What was read is good until clear(). */
export class ReadBatch {
  readonly #readFiles: ReadFiles;
  #fds = new Int32Array(FIRST_FILES);
  #lengths = new Int32Array(FIRST_FILES);
  #starts = new Int32Array(FIRST_FILES);
  #buffer: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #count = 0;
  #done = 0;
  #end = 0;

  constructor(readFiles: ReadFiles) {
    this.#readFiles = readFiles;
  }

  /** What files say, by start() and length(); another one after room(). */
  get buffer(): Buffer {
    return this.#buffer;
  }

  get end(): number {
    return this.#end;
  }

  /** What is behind the end, for one more file. */
  room(): Buffer {
    while (this.#buffer.length - this.#end < ROOM_BYTES) this.#growBuffer();
    return this.#buffer.subarray(this.#end);
  }

  clear(): void {
    this.#count = 0;
    this.#done = 0;
    this.#end = 0;
  }

  /** Answers by which number it is asked for once it was read. */
  add(fd: number): number {
    if (this.#count === this.#fds.length) this.#growFiles();
    this.#fds[this.#count] = fd;
    this.#count += 1;
    return this.#count - 1;
  }

  /** Reads those that were added since. */
  read(): void {
    while (this.#done < this.#count) {
      const end = this.#readFiles(this.#fds, this.#done, this.#count, this.#buffer, this.#end, this.#lengths);
      const full = end === this.#buffer.length;
      // Those that were cut off, or not read at all, are read again with more room.
      for (; this.#done < this.#count; this.#done += 1) {
        const length = Math.max(0, this.#lengths[this.#done] as number);
        if (full && this.#end + length === end) break;
        this.#starts[this.#done] = this.#end;
        this.#end += length;
      }
      if (full) this.#growBuffer();
    }
  }

  start(number: number): number {
    return this.#starts[number] as number;
  }

  /** Bytes, or the negative errno. */
  length(number: number): number {
    return this.#lengths[number] as number;
  }

  #growFiles(): void {
    this.#fds = twice(this.#fds);
    this.#lengths = twice(this.#lengths);
    this.#starts = twice(this.#starts);
  }

  #growBuffer(): void {
    if (this.#buffer.length >= MOST_BYTES) throw new RangeError(`interface files larger than ${MOST_BYTES} bytes`);
    const larger = Buffer.allocUnsafeSlow(this.#buffer.length * 2);
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}

function twice(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}
