import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NotUtf8, utf8Text } from '#agent/contract/utf8-text.js';

/** What stands in a directory of policies. */
export interface PolicyDir {
  /** By path. */
  texts: Map<string, string>;
  /** Files that cannot be read, by path: why. */
  unreadable: Map<string, string | NotUtf8>;
}

/** No policy file comes near; a larger one is not read into memory. */
const MAX_BYTES = 8 << 20;

/**
 * The texts of `*.yaml` and `*.yml` in a directory; none when it is not there. Hidden files (editors' own) are left out. A string: why the
 * directory cannot be looked into, which does not mean that nothing is in it.
 */
export function readPolicyDir(dir: string): PolicyDir | string {
  const names = listed(dir);
  if (typeof names === 'string') return names;
  const found: PolicyDir = { texts: new Map(), unreadable: new Map() };
  for (const name of names) {
    if (name.startsWith('.') || !/\.ya?ml$/.test(name)) continue;
    const path = join(dir, name);
    try {
      const text = utf8Text(bytesOf(path));
      if (typeof text === 'string') found.texts.set(path, text);
      else found.unreadable.set(path, text);
    } catch (error) {
      // Gone since.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') found.unreadable.set(path, (error as Error).message);
    }
  }
  return found;
}

function listed(dir: string): string[] | string {
  try {
    return readdirSync(dir);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : (error as Error).message;
  }
}

/** Does not wait for anybody to write to a FIFO. */
function bytesOf(path: string): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error('it is no regular file');
    if (stat.size > MAX_BYTES) throw new Error(`it has ${stat.size} bytes`);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
