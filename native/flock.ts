import type { Fd } from './fd.js';
import { errnoNumber } from './kernel-error.js';
import { checked, type Syscalls } from './libc.js';

const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Takes the exclusive lock of an open file without waiting; false when another open file has it. The kernel drops it with the last
 * descriptor of this open file, so also after SIGKILL. Source: flock(2). Errors: KernelError.
 */
export function tryLock(syscalls: Syscalls, fd: Fd, path: string): boolean {
  const result = syscalls.flock(fd.number, LOCK_EX | LOCK_NB);
  if (result === -errnoNumber('EWOULDBLOCK')) return false;
  checked(result, { syscall: 'flock', target: path });
  return true;
}
