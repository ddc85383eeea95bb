import { KernelError } from '#native/kernel-error.js';

/** What an errno of a file under --root or --state means and what to do. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOSPC: 'its disk is full: free space or inodes there',
  EDQUOT: 'the quota there is used up',
  EROFS: 'its file system is read-only: remount it, or choose another --root and --state',
  EACCES: 'the agent may not write there: run it as root, or choose another --root and --state',
  EPERM: 'the agent may not write there: run it as root, or choose another --root and --state',
  EIO: "its disk has an error: see the kernel's log",
};

/** Runs file operations on `path`; what the kernel refuses becomes a KernelError that names call, path and remedy. */
export function onDisk<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    const { errno, code, syscall } = error as NodeJS.ErrnoException;
    if (errno === undefined || syscall === undefined) throw error;
    const meaning = MEANINGS[code ?? ''];
    // Node's errno is negative, as the kernel's.
    throw new KernelError(
      { syscall, target: path, errno: Math.abs(errno), ...(meaning === undefined ? {} : { meaning }) },
      error,
    );
  }
}
