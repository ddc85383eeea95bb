import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from 'node:fs';

/** O_PATH has no name in node:fs. Source: open(2). */
const O_PATH = 0o10000000;
const WALK = O_PATH | constants.O_NOFOLLOW;
const LINKS_MAX = 40;

/**
 * The text of a regular file inside a root that may be hostile: every link and `..` is resolved as if the root were `/`, one
 * component at a time on held descriptors, and nothing but a regular file of at most `maxBytes` is ever opened for reading.
 * `root` is trusted itself (a rootfs directory, `/proc/<pid>/root`). undefined when there is no such file.
 */
export function readFileInRoot(root: string, path: string, maxBytes = 1 << 20): string | undefined {
  // What is open from the root down to where the walk stands; `..` goes one back and never above the first.
  const open: number[] = [];
  try {
    open.push(openSync(root, O_PATH | constants.O_DIRECTORY));
    let links = 0;
    const left = parts(path);
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      if (name === '..') {
        if (open.length > 1) closeSync(open.pop() as number);
        continue;
      }
      const at = `/proc/self/fd/${open.at(-1)}/${name}`;
      const fd = openSync(at, WALK);
      open.push(fd);
      if (!fstatSync(fd).isSymbolicLink()) continue;
      if (++links > LINKS_MAX) return undefined;
      const target = readlinkSync(at);
      closeSync(open.pop() as number);
      if (target.startsWith('/')) while (open.length > 1) closeSync(open.pop() as number);
      left.unshift(...parts(target));
    }
    return readRegular(open.at(-1) as number, maxBytes);
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

/** Not there, or swapped for something else while it was walked. */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL', 'ENAMETOOLONG']);

const parts = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

function readRegular(pathFd: number, maxBytes: number): string | undefined {
  const stat = fstatSync(pathFd);
  if (!stat.isFile() || stat.size > maxBytes) return undefined;
  const fd = openSync(`/proc/self/fd/${pathFd}`, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const buffer = Buffer.alloc(Math.min(maxBytes, stat.size + 4096));
    let length = 0;
    for (let n = -1; n !== 0 && length < buffer.length; length += n)
      n = readSync(fd, buffer, length, buffer.length - length, null);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(fd);
  }
}
