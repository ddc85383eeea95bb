/** The largest arena the player takes (docs/architecture.md, "Tape encoding"). */
export const ARENA_MAX_BYTES = 4 * 1024 * 1024;

/**
 * The byte store behind a tape's records. Equal strings are stored once. The last byte is NUL, so that a string beginning inside ends
 * inside: the player need check no more than its offset.
 */
export class Arena {
  readonly #chunks: Buffer[] = [];
  readonly #strings = new Map<string, number>();
  #length = 0;

  /** Offset of the NUL-terminated string. */
  string(value: string): number {
    const known = this.#strings.get(value);
    if (known !== undefined) return known;
    const offset = this.#push(Buffer.from(`${value}\0`), 1);
    this.#strings.set(value, offset);
    return offset;
  }

  /** Offset of a copy of the bytes, a multiple of 8 (seccomp programs and group lists are arrays of words). */
  bytes(value: Uint8Array): number {
    return this.#push(Buffer.from(value), 8);
  }

  /** Offset of `u32 count, u32 offset…`, a multiple of 4. */
  strings(values: readonly string[]): number {
    const list = Buffer.alloc(4 + values.length * 4);
    list.writeUInt32LE(values.length, 0);
    values.forEach((value, index) => {
      list.writeUInt32LE(this.string(value), 4 + index * 4);
    });
    return this.#push(list, 4);
  }

  /** Everything stored so far; empty when nothing was. */
  toBuffer(): Buffer {
    return this.#length === 0 ? Buffer.alloc(0) : Buffer.concat([...this.#chunks, Buffer.alloc(1)]);
  }

  #push(chunk: Buffer, align: number): number {
    const padding = (align - (this.#length % align)) % align;
    if (padding > 0) this.#chunks.push(Buffer.alloc(padding));
    const offset = this.#length + padding;
    this.#chunks.push(chunk);
    this.#length = offset + chunk.length;
    return offset;
  }
}
