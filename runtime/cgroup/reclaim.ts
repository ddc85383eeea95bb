import { existsSync } from 'node:fs';
import { errnoName, KernelError } from '#native/kernel-error.js';
import { type CgroupSet, cgroupExists, directoryOf } from './cgroup-set.js';
import { CgroupError } from './errors.js';
import { parseNumber, readInterfaceFile } from './interface-file.js';
import { writeOnce } from './write-once.js';

export interface Reclaimed {
  /** What the cgroup used before and after, page cache included; it may have grown meanwhile. */
  readonly beforeBytes: number;
  readonly afterBytes: number;
  /** `partly`: the kernel found no more that can be reclaimed, or the deadline ended it. */
  readonly outcome: 'done' | 'partly';
}

/** v1: what is left to a cgroup while its limit is shrunk. */
const V1_LEAST_BYTES = 1 << 20;
const PAGE_BYTES = 4096;

/**
 * Makes the kernel reclaim so many bytes of a cgroup's memory, off the event loop and at most until the deadline; nothing is killed. v2:
 * memory.reclaim. v1 has none: its limit is lowered to what is to be left, which the kernel takes only once so much has been reclaimed, and
 * put back by the same writer at once, so that neither the agent's end nor a deadline leaves it lowered. Call it where no limit of the
 * cgroup changes meanwhile. `undefined`: the cgroup is gone. Throws CgroupError UNSUPPORTED, KernelError. Sources: cgroup-v2.rst
 * "memory.reclaim" (kernel 5.19), cgroup-v1/memory.rst.
 */
export async function reclaim(set: CgroupSet, bytes: number, deadlineMs: number): Promise<Reclaimed | undefined> {
  const { blockingWrites, carriers } = set.host;
  const dir = directoryOf(set, 'memory');
  if (dir === undefined || blockingWrites === undefined)
    throw new CgroupError('UNSUPPORTED', 'memory cannot be reclaimed here: this host has no memory controller');
  const v1 = carriers.memory?.version === 1;
  const usage = () => numberIn(`${dir}/${v1 ? 'memory.usage_in_bytes' : 'memory.current'}`);
  const beforeBytes = usage();
  if (beforeBytes === undefined) return undefined;
  if (bytes <= 0 || (v1 && beforeBytes <= V1_LEAST_BYTES)) return { beforeBytes, afterBytes: beforeBytes, outcome: 'done' };
  const request = v1 ? shrink(dir, beforeBytes, bytes) : plain(dir, bytes);
  if (request === undefined) {
    if (!cgroupExists(set)) return undefined;
    throw new CgroupError('UNSUPPORTED', 'memory cannot be reclaimed on demand: memory.reclaim needs kernel 5.19');
  }
  const answer = await blockingWrites.write(request, deadlineMs);
  if (v1 && answer === 'deadline') await unshrink(request);
  const afterBytes = usage();
  if (afterBytes === undefined) return undefined;
  if (answer === 0) return { beforeBytes, afterBytes, outcome: 'done' };
  if (answer === 'deadline' || NO_MORE.has(errnoName(answer))) return { beforeBytes, afterBytes, outcome: 'partly' };
  if (!cgroupExists(set)) return undefined;
  throw new KernelError({ syscall: 'write', target: request.path, value: request.value, errno: answer });
}

/** EAGAIN of memory.reclaim, EBUSY of v1's limit: all that could be is reclaimed. */
const NO_MORE: ReadonlySet<string> = new Set(['EAGAIN', 'EBUSY', 'EINTR']);

interface Request {
  readonly path: string;
  readonly value: string;
  readonly after?: string;
}

function plain(dir: string, bytes: number): Request | undefined {
  const path = `${dir}/memory.reclaim`;
  return existsSync(path) ? { path, value: String(Math.ceil(bytes)) } : undefined;
}

function shrink(dir: string, usedBytes: number, bytes: number): Request | undefined {
  const path = `${dir}/memory.limit_in_bytes`;
  const after = textIn(path);
  if (after === undefined) return undefined;
  const left = Math.max(V1_LEAST_BYTES, Math.floor((usedBytes - bytes) / PAGE_BYTES) * PAGE_BYTES);
  return { path, value: String(left), after };
}

/** Killed between its two writes. */
async function unshrink({ path, value, after = '' }: Request): Promise<void> {
  if (textIn(path) === value) await writeOnce({ path, value: after });
}

function numberIn(path: string): number | undefined {
  const text = textIn(path);
  return text === undefined ? undefined : parseNumber(Buffer.from(text, 'latin1'));
}

function textIn(path: string): string | undefined {
  return readInterfaceFile(path, Buffer.allocUnsafe(256))?.toString('latin1').trimEnd();
}
