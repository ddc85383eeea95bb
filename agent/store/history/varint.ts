/** Writes numbers in as few bytes as they need; whole numbers up to 2^53. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(4096);
  #length = 0;

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#room(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  /** From 0 on, seven bits a byte, the lowest first. */
  unsigned(value: number): void {
    let rest = value;
    // Beyond 32 bits the bit operators would cut it.
    while (rest > 127) {
      this.byte((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** Small ones of either sign are short. */
  signed(value: number): void {
    const negative = value < 0;
    const magnitude = negative ? -value : value;
    // The sign is in the first byte with six bits of the magnitude: doubling would leave what a double holds exactly.
    const low = magnitude % 64;
    const rest = (magnitude - low) / 64;
    this.byte(low * 2 + (negative ? 1 : 0) + (rest > 0 ? 128 : 0));
    if (rest > 0) this.unsigned(rest);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A view, until the next write. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  /** Begins anew, in the same memory. */
  clear(): void {
    this.#length = 0;
  }

  #room(bytes: number): void {
    let size = this.#bytes.length;
    while (this.#length + bytes > size) size *= 2;
    if (size === this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(size);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Reads what ByteWriter wrote; throws RangeError beyond the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** So many bytes as they are, not copied. */
  raw(length: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw new RangeError('a record of history ends too early');
    this.#at += length;
    return bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** How many bytes were read. */
  get at(): number {
    return this.#at;
  }

  /** Passes over so many bytes. */
  passOver(length: number): void {
    if (this.#at + length > this.#bytes.length) throw new RangeError('a record of history ends too early');
    this.#at += length;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new RangeError('a history chunk ends too early');
    this.#at += 1;
    return value;
  }

  unsigned(): number {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      const byte = this.byte();
      value += (byte & 127) * weight;
      if (byte < 128) return value;
      if (weight > 2 ** 50) throw new RangeError('a number of a history chunk is too long');
    }
  }

  signed(): number {
    const byte = this.byte();
    const low = (byte & 127) >> 1;
    const magnitude = byte < 128 ? low : this.unsigned() * 64 + low;
    return (byte & 1) === 1 ? -magnitude : magnitude;
  }

  /** The number at `index` of a series of `count` (codec.ts), whose end is the place afterwards; what it answers for a negative index means nothing. */
  seriesAt(count: number, index: number): number {
    const unit = this.unsigned();
    let value = count > 0 ? this.signed() : 0;
    for (let row = 1; row <= index; row += 1) value += this.signed() * unit;
    this.#passOverNumbers(count - Math.max(1, index + 1));
    return value;
  }

  /** Passes over so many numbers. */
  #passOverNumbers(count: number): void {
    let left = count;
    let at = this.#at;
    for (; left > 0 && at < this.#bytes.length; at += 1) if (this.#bytes[at]! < 128) left -= 1;
    if (left > 0) throw new RangeError('a history chunk ends too early');
    this.#at = at;
  }
}
