const LF = 10;
const SPACE = 32;

/**
 * Reads chosen keys of flat-keyed files (`key value\n`: memory.stat, cpu.stat, memory.events …) straight from bytes: no strings are
 * made. The kernel prints keys in the same order every time, so each line is first compared with the key that line had last time.
 */
export class FlatKeyed<Key extends string> {
  readonly keys: readonly Key[];
  readonly #names: readonly Buffer[];
  /** Line number → index of its key, −1 for a line nobody asked for. */
  readonly #lines: number[] = [];
  readonly #skipped: Buffer[] = [];

  constructor(keys: readonly Key[]) {
    this.keys = keys;
    this.#names = keys.map((key) => Buffer.from(key, 'latin1'));
  }

  /** Values in the order of `keys` into `out`; NaN for keys the file, which is in the buffer at `from`, does not have. Numbers are exact to 2^53. */
  parse(buffer: Buffer, out: Float64Array, from = 0, to = buffer.length): void {
    out.fill(Number.NaN);
    let start = from;
    for (let line = 0; start < to; line++) {
      let end = start;
      while (end < to && buffer[end] !== SPACE && buffer[end] !== LF) end++;
      const slot = this.#slotOf(line, buffer, start, end);
      let at = end + 1;
      if (slot >= 0) {
        let value = 0;
        for (; at < to; at++) {
          const digit = (buffer[at] as number) - 48;
          if (digit < 0 || digit > 9) break;
          value = value * 10 + digit;
        }
        out[slot] = value;
      }
      if (buffer[end] === LF) at = end;
      while (at < to && buffer[at] !== LF) at++;
      start = at + 1;
    }
  }

  /** A fresh record of the values, without the keys the file does not have; for where speed does not matter. */
  record(buffer: Buffer): Partial<Record<Key, number>> {
    const out = new Float64Array(this.keys.length);
    this.parse(buffer, out);
    const found: Partial<Record<Key, number>> = {};
    for (const [index, key] of this.keys.entries()) {
      const value = out[index] as number;
      if (!Number.isNaN(value)) found[key] = value;
    }
    return found;
  }

  #slotOf(line: number, buffer: Buffer, start: number, end: number): number {
    const hint = this.#lines[line];
    if (hint !== undefined) {
      const name = hint < 0 ? this.#skipped[line] : this.#names[hint];
      if (name !== undefined && same(name, buffer, start, end)) return hint;
    }
    const slot = this.#names.findIndex((name) => same(name, buffer, start, end));
    this.#lines[line] = slot;
    if (slot < 0) this.#skipped[line] = Buffer.from(buffer.subarray(start, end));
    return slot;
  }
}

function same(name: Buffer, buffer: Buffer, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== buffer[start + i]) return false;
  return true;
}
