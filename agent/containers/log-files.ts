import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parseLogRecord } from './log-line.js';

const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** An open log file; `inode` tells whether the name still means it. */
export interface LogFile {
  fd: number;
  inode: bigint;
}

/**
 * Opens `log` and its rotated predecessors, oldest first; none when there is no log. Rotation meanwhile is harmless: newest is opened
 * first, and a file met twice counts once. `until` ends the list at a file already known.
 */
export function openLogFiles(path: string, until?: bigint): LogFile[] {
  const files: LogFile[] = [];
  for (let index = 0; ; index += 1) {
    const file = openLog(index === 0 ? path : `${path}.${index}`);
    if (file === undefined) {
      if (index > 0) break;
      continue;
    }
    if (file.inode === until) {
      closeSync(file.fd);
      break;
    }
    if (files.some((other) => other.inode === file.inode)) closeSync(file.fd);
    else files.unshift(file);
  }
  return files;
}

function openLog(path: string): LogFile | undefined {
  try {
    const fd = openSync(path, 'r');
    return { fd, inode: fstatSync(fd, { bigint: true }).ino };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Where the last `lines` lines begin, reading back from the end only as far as needed. */
export function tailPosition(files: readonly LogFile[], lines: number): { index: number; offset: number } {
  if (lines === 0) {
    const last = files.length - 1;
    return last < 0 ? { index: 0, offset: 0 } : { index: last, offset: Number(fstatSync(files[last]!.fd).size) };
  }
  let left = lines;
  const seen = new Set<string>();
  for (let index = files.length - 1; index >= 0; index -= 1) {
    for (const { line, end } of linesBackwards(files[index]!.fd)) {
      const record = parseLogRecord(line);
      if (record === undefined) continue;
      // The end of a line: its last part, or a part at the very end of its stream that no newline followed.
      const endsLine = !record.partial || !seen.has(record.stream);
      seen.add(record.stream);
      if (!endsLine) continue;
      if (left === 0) return { index, offset: end };
      left -= 1;
    }
  }
  return { index: 0, offset: 0 };
}

/** Physical lines from the last to the first with the offset behind their newline; an unfinished one at the end is left out. */
function* linesBackwards(fd: number): Generator<{ line: Buffer; end: number }> {
  let position = Number(fstatSync(fd).size);
  let rest = Buffer.alloc(0);
  let unfinished = true;
  while (position > 0) {
    const length = Math.min(BLOCK_BYTES, position);
    const block = Buffer.alloc(length);
    const count = readSync(fd, block, 0, length, position - length);
    position -= length;
    const data = Buffer.concat([block.subarray(0, count), rest]);
    let stop = data.length;
    for (let at = data.lastIndexOf(NEWLINE); at >= 0; at = at === 0 ? -1 : data.lastIndexOf(NEWLINE, at - 1)) {
      if (!unfinished) yield { line: data.subarray(at + 1, stop - 1), end: position + stop };
      unfinished = false;
      stop = at + 1;
    }
    rest = data.subarray(0, stop);
  }
  if (!unfinished && rest.length > 0) yield { line: rest.subarray(0, rest.length - 1), end: rest.length };
}
