import { closeSync, openSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { errnoName, KernelError } from '#native/kernel-error.js';
import type { CgroupWrite, Controller } from './controller.js';
import { errnoMeaning } from './errno-meaning.js';
import { LimitDeadlineError, LimitRefusedError } from './errors.js';
import { errnoOf, readInterfaceFile } from './interface-file.js';
import { payload, WRITE_ONLY, type WriteAnswer, type WriteOnce, type WriteRequest, writeOnce } from './write-once.js';

/** Where a controller's files of the cgroup are; undefined: it has no directory there. */
export type DirectoryOf = (controller: Controller) => string | undefined;

/**
 * Writes a plan synchronously, for cgroups that nothing is in yet (their writes cannot block). Nothing is put back on refusal:
 * the caller removes the cgroup. Throws LimitRefusedError.
 */
export function writePlanSync(plan: readonly CgroupWrite[], dirOf: DirectoryOf): void {
  const steps = writeSteps(plan, dirOf, false);
  using writer = new SyncWriter();
  let step = steps.next();
  while (!step.done) step = steps.next(writer.write(step.value));
}

/**
 * Writes a plan to a cgroup in use, off the event loop (a memory limit may reclaim for long before write(2) returns). When one write is
 * refused, or `signal` aborts between two, those before it are put back in reverse and LimitRefusedError says which write,
 * with its errno and meaning; LimitDeadlineError, when the kernel was not done in time. A write that the file already says is left out.
 * Answers what would undo it all, for undoWrites.
 */
export async function writePlan(
  plan: readonly CgroupWrite[],
  dirOf: DirectoryOf,
  signal?: AbortSignal,
  writer: WriteOnce = writeOnce,
): Promise<readonly WriteRequest[]> {
  const steps = writeSteps(plan, dirOf, true, signal);
  let step = steps.next();
  while (!step.done) step = steps.next(await writer(step.value));
  return step.value;
}

/** Makes the writes that undo a plan, last first; answers the files that could not be put back, with their errno. */
export async function undoWrites(undo: readonly WriteRequest[], writer: WriteOnce = writeOnce): Promise<string[]> {
  const steps = putBack(undo);
  let step = steps.next();
  while (!step.done) step = steps.next(await writer(step.value));
  return step.value;
}

/** The one order of things for both executors. */
function* writeSteps(
  plan: readonly CgroupWrite[],
  dirOf: DirectoryOf,
  restore: boolean,
  signal?: AbortSignal,
): Generator<WriteRequest, readonly WriteRequest[], WriteAnswer> {
  const done: WriteRequest[] = [];
  const queue = [...plan];
  const waiting: { planned: CgroupWrite; after: string; refusal: KernelError }[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { file, value, retryAfter } = next;
    const path = pathOf(next, dirOf);
    const before = restore ? lookBefore(next, path) : NOTHING_BEFORE;
    if (signal?.aborted === true) throw new LimitRefusedError(next.field, aborted(signal), yield* putBack(done));
    if (before instanceof KernelError) throw new LimitRefusedError(next.field, before, yield* putBack(done));
    const { former, besides } = before;
    const fallback = next.fallback === undefined ? {} : { fallback: next.fallback };
    const errno = former === value ? 0 : yield* attempt({ path, value, ...fallback });
    if (typeof errno === 'object') {
      // v2 sets the limit before it reclaims, v1 after.
      const itself = former === undefined ? [] : [...besides, { path, value: former, ...fallback }];
      const told = `write ${path} ${JSON.stringify(value)}: ${errno.stopped}`;
      throw new LimitDeadlineError(next.field, told, yield* putBack([...done, ...itself]));
    }
    if (errno === 0) {
      if (former !== undefined && former !== value) done.push(...besides, { path, value: former, ...fallback });
      const ready = waiting.filter(({ after }) => after === file);
      for (const one of ready) waiting.splice(waiting.indexOf(one), 1);
      queue.unshift(...ready.map(({ planned }) => planned));
    } else if (retryAfter !== undefined && mayDependOn(errno) && queue.some((later) => later.file === retryAfter)) {
      const { retryAfter: after, ...planned } = next;
      waiting.push({ planned, after: after as string, refusal: refused(path, value, errno) });
    } else if (!next.tolerate?.includes(errnoName(errno))) {
      // Of a pair that waits for each other the first refusal says why: the second may only be wrong while the first is not made.
      const first = waiting.find(({ after }) => after === file);
      const error = first?.refusal ?? refused(path, value, errno);
      throw new LimitRefusedError(first?.planned.field ?? next.field, error, yield* putBack(done));
    }
  }
  return done;
}

/** The first errno counts: it is about what was asked for. */
function* attempt(request: WriteRequest): Generator<WriteRequest, WriteAnswer, WriteAnswer> {
  const errno = yield request;
  if (errno === 0 || typeof errno === 'object' || request.fallback === undefined) return errno;
  const second = yield { path: request.path, value: request.fallback };
  return second === 0 ? 0 : errno;
}

function* putBack(done: readonly WriteRequest[]): Generator<WriteRequest, string[], WriteAnswer> {
  const left: string[] = [];
  for (const request of done.toReversed()) {
    const errno = yield* attempt(request);
    if (errno !== 0) left.push(`${request.path} (${typeof errno === 'object' ? errno.stopped : errnoName(errno)})`);
  }
  return left;
}

/** What the kernel answers while another file of the pair still has its old value. */
function mayDependOn(errno: number): boolean {
  return ['EINVAL', 'EBUSY'].includes(errnoName(errno));
}

/** The file a write goes to. */
export function pathOf(planned: CgroupWrite, dirOf: DirectoryOf): string {
  const dir = dirOf(planned.controller);
  if (dir === undefined) throw new RangeError(`planned ${planned.file} for a cgroup without ${planned.controller}`);
  return planned.below === undefined ? `${dir}/${planned.file}` : `${dir}/${planned.below}/${planned.file}`;
}

interface Before {
  readonly former: string | undefined;
  readonly besides: readonly WriteRequest[];
}
const NOTHING_BEFORE: Before = { former: undefined, besides: [] };

/** What a write would change; an error where that cannot be read, because then it could not be put back. */
function lookBefore(planned: CgroupWrite, path: string): Before | KernelError {
  try {
    return { former: formerValue(planned, path), besides: formerOfReset(planned, path) };
  } catch (error) {
    return new KernelError({ syscall: 'read', target: path, errno: errnoOf(error) }, error);
  }
}

/** What would put the file back as it is now; undefined where it cannot be read. Limits fit a page; lists of disks may be longer. */
export function formerValue(planned: CgroupWrite, path: string): string | undefined {
  const text = readInterfaceFile(path, Buffer.allocUnsafe(65536))?.toString('latin1').trimEnd();
  if (planned.word === true) return text?.split(' ', 1)[0];
  if (text === undefined || planned.key === undefined) return text;
  const line = text.split('\n').find((one) => one.startsWith(`${planned.key} `));
  // Kernels before 5.4 print bfq's default weight without its key.
  if (line === undefined && planned.key === 'default' && /^\d+$/.test(text)) return `default ${text}`;
  return line ?? `${planned.key} ${planned.unset}`;
}

/** What the write would lose beside its own file; none where that is not set (an idle cgroup's weight reads 0). */
function formerOfReset({ resets }: CgroupWrite, path: string): WriteRequest[] {
  if (resets === undefined) return [];
  const other = `${dirname(path)}/${resets}`;
  const value = readInterfaceFile(other, Buffer.allocUnsafe(4096))?.toString('latin1').trimEnd();
  return value === undefined || value === '0' ? [] : [{ path: other, value }];
}

/** Keeps the last file open: device rules are many writes to the same two. */
class SyncWriter implements Disposable {
  #path: string | undefined;
  #fd = -1;

  write({ path, value }: WriteRequest): number {
    try {
      if (path !== this.#path) {
        this[Symbol.dispose]();
        this.#fd = openSync(path, WRITE_ONLY);
        this.#path = path;
      }
      writeSync(this.#fd, payload(value));
      return 0;
    } catch (error) {
      return errnoOf(error);
    }
  }

  [Symbol.dispose](): void {
    if (this.#path !== undefined) closeSync(this.#fd);
    this.#path = undefined;
  }
}

function refused(path: string, value: string, errno: number): KernelError {
  const meaning = errnoMeaning(basename(path), errno);
  return new KernelError({ syscall: 'write', target: path, value, errno, ...(meaning !== undefined && { meaning }) });
}

function aborted(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}
