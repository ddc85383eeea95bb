import { closeSync, openSync, readSync } from 'node:fs';
import { errnoNumber } from '#native/kernel-error.js';

const LF = 10;
const DIGIT_0 = 48;
const DIGIT_9 = 57;
const LETTER_M = 109;
/** v1 says "no limit" with the largest page-aligned number; nothing real is near it. */
const V1_UNLIMITED = 2 ** 62;

/**
 * Reads a whole interface file into `into` and answers the view of what was read. `undefined`: no such file, or the cgroup went away
 * (ENODEV), or the file cannot be read in this state (EOPNOTSUPP). Throws other errors of open(2) and read(2) as they are.
 */
export function readInterfaceFile(path: string, into: Buffer): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  try {
    return readWhole(fd, into);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Reads from offset 0 of an fd until end of file (kernfs gives at most a page or so a call). A file larger than `into` is a bug. */
export function readWhole(fd: number, into: Buffer): Buffer {
  let length = 0;
  for (;;) {
    const got = readSync(fd, into, length, into.length - length, length);
    if (got === 0) return into.subarray(0, length);
    length += got;
    if (length === into.length) throw new RangeError(`interface file larger than ${into.length} bytes`);
  }
}

/** Whether an error means that the file or its cgroup is not there (any more). */
export function isAbsent(error: unknown): boolean {
  return ABSENT.has((error as NodeJS.ErrnoException).code ?? '');
}

/** EOPNOTSUPP is ENOTSUP to Node. */
const ABSENT = new Set(['ENOENT', 'ENODEV', 'EOPNOTSUPP', 'ENOTSUP', 'ENOTDIR']);

/** The errno of an error that node:fs threw; rethrows what is not one. */
export function errnoOf(error: unknown): number {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw error;
  return errnoNumber(code);
}

/** A decimal number at the start of a file (`from` a place in the buffer to another); NaN where there is none. Exact up to 2^53, nearest beyond. */
export function parseNumber(buffer: Buffer, from = 0, to = buffer.length): number {
  let at = from;
  const negative = at < to && buffer[at] === 45;
  if (negative) at++;
  let value = 0;
  const first = at;
  for (; at < to; at++) {
    const byte = buffer[at] as number;
    if (byte < DIGIT_0 || byte > DIGIT_9) break;
    value = value * 10 + (byte - DIGIT_0);
  }
  if (at === first) return Number.NaN;
  return negative ? -value : value;
}

/** A limit file's number, or `max`; also v1's ways to say it: −1 and a number no memory can have. `undefined` without a file. */
export function parseLimit(buffer: Buffer | undefined): number | 'max' | undefined {
  if (buffer === undefined || buffer.length === 0) return undefined;
  if (buffer[0] === LETTER_M) return 'max';
  const value = parseNumber(buffer);
  if (Number.isNaN(value)) return undefined;
  return value < 0 || value >= V1_UNLIMITED ? 'max' : value;
}

/** The first line as text, without its newline; `undefined` without a file. */
export function firstLine(buffer: Buffer | undefined): string | undefined {
  if (buffer === undefined) return undefined;
  const end = buffer.indexOf(LF);
  return buffer.toString('latin1', 0, end < 0 ? buffer.length : end);
}

/** What is written for a limit: v2 has the word, v1 a number of its own. */
export function limitText(limit: number | 'max', unlimited = 'max'): string {
  return limit === 'max' ? unlimited : String(Math.floor(limit));
}
