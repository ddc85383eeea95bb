import { constants } from 'node:os';
import { TsgovError } from './tsgov-error.js';

/** Of two names for a number the kernel's own is the one that is said. */
const OTHER_NAMES = ['EWOULDBLOCK', 'ENOTSUP'];
const NAMES = new Map<number, string>(
  Object.entries(constants.errno).flatMap(([name, value]) => (OTHER_NAMES.includes(name) ? [] : [[value, name]])),
);

/** The symbolic name of an errno value (`22` → `EINVAL`); unknown ones read `E<number>`. Source: errno(3). */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `E${errno}`;
}

/** The number of a symbolic errno (`EINVAL` → 22). Throws on a name the host does not know (a bug). Source: errno(3). */
export function errnoNumber(name: string): number {
  const value = (constants.errno as Record<string, number | undefined>)[name];
  if (value === undefined) throw new RangeError(`unknown errno name ${name}`);
  return value;
}

export interface KernelErrorDetail {
  syscall: string;
  /** What the call was made on: a path, `pid 12`, a mount target. */
  target: string;
  /** The value given, where there is one, e.g. what was written to an interface file. */
  value?: string;
  errno: number;
  /** What this errno means here and what to do, one clause. */
  meaning?: string;
}

/** A system call the kernel refused: prints `write /sys/fs/cgroup/a/memory.high "1G": EINVAL (meaning)`. */
export class KernelError extends TsgovError<'KERNEL'> {
  readonly syscall: string;
  readonly target: string;
  readonly value: string | undefined;
  readonly errno: number;
  readonly errnoName: string;

  constructor(detail: KernelErrorDetail, cause?: unknown) {
    const value = detail.value === undefined ? '' : ` ${JSON.stringify(detail.value)}`;
    const meaning = detail.meaning === undefined ? '' : ` (${detail.meaning})`;
    super('KERNEL', `${detail.syscall} ${detail.target}${value}: ${errnoName(detail.errno)}${meaning}`, { cause });
    this.syscall = detail.syscall;
    this.target = detail.target;
    this.value = detail.value;
    this.errno = detail.errno;
    this.errnoName = errnoName(detail.errno);
  }
}
