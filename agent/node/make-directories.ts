import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a directory and the ones above it that are missing; answers those it made, outermost first. Node's own recursive mkdir spins for
 * ever below /proc, where mkdir(2) is ENOENT although the parent is there. On failure nothing of it is left. Throws what the kernel says.
 */
export function makeDirectories(path: string, mode: number): string[] {
  const made: string[] = [];
  try {
    for (const dir of missing(resolve(path))) {
      if (makeOne(dir, mode)) made.push(dir);
    }
  } catch (error) {
    removeDirectories(made);
    throw error;
  }
  return made;
}

/** Takes back what makeDirectories made, as far as it is empty. */
export function removeDirectories(made: readonly string[]): void {
  for (const dir of made.toReversed()) {
    try {
      rmdirSync(dir);
    } catch (error) {
      // In use by somebody by now.
      if (!['ENOTEMPTY', 'EBUSY', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}

/** From the first that is not there down to the path itself. */
function missing(path: string): string[] {
  const dirs: string[] = [];
  for (let dir = path; statSync(dir, { throwIfNoEntry: false }) === undefined; dir = dirname(dir)) dirs.unshift(dir);
  return dirs.length > 0 ? dirs : [path];
}

function makeOne(dir: string, mode: number): boolean {
  try {
    mkdirSync(dir, { mode });
    return true;
  } catch (error) {
    // Made by somebody else meanwhile; a file of that name shows in whatever comes next.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (statSync(dir).isDirectory()) return false;
    throw error;
  }
}
