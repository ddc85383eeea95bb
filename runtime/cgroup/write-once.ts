import { closeSync, constants, openSync, write, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import type { BlockingWrites } from './blocking-writes.js';
import { errnoOf, parseNumber, readInterfaceFile } from './interface-file.js';
import { isShort, mayBlock, usageFileOf } from './may-block.js';

/** One write to be made, or to be made to undo one. */
export interface WriteRequest {
  readonly path: string;
  readonly value: string;
  /** Written instead where the kernel refuses that. */
  readonly fallback?: string;
}

/** The errno, 0 for success; or why the kernel was told to give it up. */
export type WriteAnswer = number | { readonly stopped: string };

export type WriteOnce = (request: WriteRequest) => Promise<WriteAnswer>;

/**
 * Makes writes from a thread of the pool, short ones at once; those that may block in the kernel by a process that is killed at the deadline.
 */
export function writerWith(blocking: BlockingWrites | undefined, deadlineMs: number): WriteOnce {
  if (blocking === undefined) return writeOnce;
  return async (request) => {
    const { path, value } = request;
    const file = basename(path);
    if (!mayBlock(file, value, usageBeside(path))) return isShort(file) ? writeNow(request) : writeOnce(request);
    const answer = await blocking.write({ path, value }, deadlineMs);
    return answer === 'deadline'
      ? { stopped: `the kernel was not done after ${deadlineMs} ms${stillUsed(path, value)}` }
      : answer;
  };
}

function writeNow({ path, value }: WriteRequest): number {
  try {
    const fd = openSync(path, WRITE_ONLY);
    try {
      writeSync(fd, payload(value));
    } finally {
      closeSync(fd);
    }
    return 0;
  } catch (error) {
    return errnoOf(error);
  }
}

/** Makes a write from a thread of the pool; answers its errno, 0 for success. */
export async function writeOnce({ path, value }: WriteRequest): Promise<number> {
  try {
    const fd = openSync(path, WRITE_ONLY);
    try {
      await writeAsync(fd, payload(value));
    } finally {
      closeSync(fd);
    }
    return 0;
  } catch (error) {
    return errnoOf(error);
  }
}

/** A write of no bytes does not reach the interface file: the empty list is a newline. */
export function payload(value: string): Buffer {
  return Buffer.from(value === '' ? '\n' : value, 'latin1');
}

/** Never O_CREAT or O_TRUNC: cgroup filesystems answer EACCES or EPERM to those. */
export const WRITE_ONLY = constants.O_WRONLY;

const writeAsync = promisify(write);

/** What is used of what the file limits. */
function usageBeside(path: string): number | undefined {
  const file = usageFileOf(basename(path));
  const text = file === undefined ? undefined : readInterfaceFile(`${dirname(path)}/${file}`, Buffer.allocUnsafe(64));
  return text === undefined ? undefined : parseNumber(text);
}

function stillUsed(path: string, value: string): string {
  const used = usageBeside(path);
  if (used === undefined) return '';
  const over = used - Number(value);
  return over > 0
    ? `: ${mib(used)} were still in use, ${mib(over)} more than asked, and could not be reclaimed in that time`
    : `, though only ${mib(used)} were still in use`;
}

function mib(bytes: number): string {
  return `${Math.round(bytes / 1024 / 102.4) / 10} MiB`;
}
