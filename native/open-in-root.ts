import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { errnoName, KernelError } from './kernel-error.js';

const OPENAT2 = 437;
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
/** linux/openat2.h: the directory is the root, no /proc links, and no step into another mount. */
const RESOLVE = 0x10n | 0x02n | 0x01n;

/** Where a path leads that we may not read, or nowhere. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EXDEV', 'EACCES', 'EPERM', 'ESRCH', 'ENOSYS', 'EAGAIN', 'ESTALE']);

export type ReadInRoot = (root: string, path: string, maxBytes: number) => string | undefined;

/**
 * Reads a file below a directory that somebody hostile may own, a container's root: symbolic links stay inside of it, nothing but a
 * regular file of at most `maxBytes` on the directory's own mount is opened. Undefined for anything else. Loads koffi. Source: openat2(2).
 */
export async function loadReadInRoot(): Promise<ReadInRoot> {
  const { default: koffi } = await import('koffi');
  const openat2 = koffi.load(null).func('long syscall(long number, int dirfd, const char *path, void *how, size_t size)') as (
    number: number,
    dirfd: number,
    path: string,
    how: Buffer,
    size: number,
  ) => number;
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(BigInt(O_PATH | O_CLOEXEC), 0);
  how.writeBigUInt64LE(RESOLVE, 16);
  return (root, path, maxBytes) => {
    const dirfd = openDirectory(root);
    if (dirfd === undefined) return undefined;
    try {
      const fd = openat2(OPENAT2, dirfd, path, how, how.length);
      if (fd >= 0) return readRegular(fd, maxBytes);
      const errno = koffi.errno();
      if (ABSENT.has(errnoName(errno))) return undefined;
      throw new KernelError({ syscall: 'openat2', target: `${root} ${path}`, errno });
    } finally {
      closeSync(dirfd);
    }
  };
}

function openDirectory(path: string): number | undefined {
  try {
    return openSync(path, O_PATH | constants.O_DIRECTORY);
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Opened for reading only once it is seen to be a plain file: opening a device or a FIFO can do something, or wait. */
function readRegular(peek: number, maxBytes: number): string | undefined {
  try {
    const stat = fstatSync(peek);
    if (!stat.isFile() || stat.size > maxBytes) return undefined;
    return readFileSync(`/proc/self/fd/${peek}`, 'utf8');
  } finally {
    closeSync(peek);
  }
}
