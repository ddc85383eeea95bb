import { errnoName, KernelError } from './kernel-error.js';
import type { Syscalls } from './libc.js';

const LONGEST_VALUE = 256;

/**
 * An extended attribute of a file as text; `undefined` where the file has none of that name, its filesystem has no attributes, or there is no
 * such file. Values are at most 256 bytes. Throws KernelError. Source: getxattr(2).
 */
export function readXattr(syscalls: Syscalls, path: string, name: string): string | undefined {
  const value = Buffer.alloc(LONGEST_VALUE);
  const length = syscalls.getxattr(path, name, value, value.length);
  if (length >= 0) return value.toString('utf8', 0, length);
  if (['ENODATA', 'ENOTSUP', 'EOPNOTSUPP', 'ENOENT'].includes(errnoName(-length))) return undefined;
  throw new KernelError({ syscall: 'getxattr', target: `${path} ${name}`, errno: -length });
}
