/** One disk's I/O by a cgroup since it was made; discards only where the kernel counts them. */
export interface IoDeviceStats {
  major: number;
  minor: number;
  readBytes: number;
  writeBytes: number;
  reads: number;
  writes: number;
  discardBytes?: number;
  discards?: number;
}

const LF = 10;
const SPACE = 32;
const COLON = 58;
const EQUALS = 61;

/** v2's io.stat (`MAJ:MIN rbytes=… wbytes=… rios=… wios=… dbytes=… dios=…`) from bytes. Source: cgroup-v2.rst "io.stat". */
export function parseIoStat(buffer: Buffer): IoDeviceStats[] {
  const found: IoDeviceStats[] = [];
  const scan = new Scanner(buffer);
  while (scan.more()) {
    const major = scan.number();
    if (!scan.skip(COLON)) {
      scan.nextLine();
      continue;
    }
    const device = emptyDevice(major, scan.number());
    let words = 0;
    while (scan.skip(SPACE)) {
      // rbytes wbytes rios wios dbytes dios: first letter and second tell them apart; anything else (cost.*) is passed over.
      const first = scan.byte();
      const second = scan.byteAt(1);
      const length = scan.toEquals();
      const value = scan.number();
      if (length === 6 && second === 98) words += 1;
      if (length === 6 && second === 98 && first === 114) device.readBytes = value;
      else if (length === 6 && second === 98 && first === 119) device.writeBytes = value;
      else if (length === 6 && second === 98 && first === 100) device.discardBytes = value;
      else if (length === 4 && second === 105 && first === 114) device.reads = value;
      else if (length === 4 && second === 105 && first === 119) device.writes = value;
      else if (length === 4 && second === 105 && first === 100) device.discards = value;
      scan.toSpace();
    }
    // A device that only has bandwidth settings has a line without figures.
    if (words > 0) found.push(device);
    scan.nextLine();
  }
  return found;
}

/**
 * v1's pair of files, bytes and operations (`MAJ:MIN Read n`, `… Write n`, …, `Total n`), from bytes; either may be missing.
 * Source: cgroup-v1/blkio-controller.rst.
 */
export function parseBlkioStat(bytes: Buffer | undefined, operations: Buffer | undefined): IoDeviceStats[] {
  const found: IoDeviceStats[] = [];
  const deviceOf = (major: number, minor: number) => {
    let device = found.find((one) => one.major === major && one.minor === minor);
    if (device === undefined) {
      device = emptyDevice(major, minor);
      found.push(device);
    }
    return device;
  };
  for (const [buffer, read, write, discard] of [
    [bytes, 'readBytes', 'writeBytes', 'discardBytes'],
    [operations, 'reads', 'writes', 'discards'],
  ] as const) {
    if (buffer === undefined) continue;
    const scan = new Scanner(buffer);
    while (scan.more()) {
      const major = scan.number();
      if (scan.skip(COLON)) {
        const minor = scan.number();
        scan.skip(SPACE);
        const letter = scan.byte();
        scan.toSpace();
        if (scan.skip(SPACE)) {
          const value = scan.number();
          if (letter === 82) deviceOf(major, minor)[read] = value;
          else if (letter === 87) deviceOf(major, minor)[write] = value;
          else if (letter === 68) deviceOf(major, minor)[discard] = value;
        }
      }
      scan.nextLine();
    }
  }
  return found;
}

function emptyDevice(major: number, minor: number): IoDeviceStats {
  return { major, minor, readBytes: 0, writeBytes: 0, reads: 0, writes: 0 };
}

class Scanner {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  more(): boolean {
    return this.#at < this.#buffer.length;
  }

  byte(): number | undefined {
    return this.#buffer[this.#at];
  }

  byteAt(offset: number): number | undefined {
    return this.#buffer[this.#at + offset];
  }

  /** Decimal digits from here; 0 where there are none. */
  number(): number {
    let value = 0;
    for (; this.#at < this.#buffer.length; this.#at++) {
      const digit = (this.#buffer[this.#at] as number) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    return value;
  }

  skip(byte: number): boolean {
    if (this.#buffer[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  /** Past the next `=` of this word; the word's length before it. */
  toEquals(): number {
    const start = this.#at;
    while (this.more() && this.byte() !== EQUALS && this.byte() !== SPACE && this.byte() !== LF) this.#at++;
    const length = this.#at - start;
    this.skip(EQUALS);
    return length;
  }

  toSpace(): void {
    while (this.more() && this.byte() !== SPACE && this.byte() !== LF) this.#at++;
  }

  nextLine(): void {
    while (this.more() && this.byte() !== LF) this.#at++;
    this.#at++;
  }
}
