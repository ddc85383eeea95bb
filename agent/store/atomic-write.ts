import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { onDisk } from './on-disk.js';

/**
 * Puts `data` at `path` so that a reader, or an agent killed at any moment, sees the old file or the new one whole: a temporary name
 * in the same directory, then rename(2). Survives a process crash, not power loss (no fsync). Throws KernelError with call and path;
 * then the old file stands as it was.
 */
export function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o600): void {
  const temporary = `${path}.tmp`;
  try {
    onDisk(path, () => {
      writeFileSync(temporary, data, { mode });
      renameSync(temporary, path);
    });
  } catch (error) {
    dropTemporary(temporary);
    throw error;
  }
}

/** After a failure, which is what is told, whether or not this works. */
export function dropTemporary(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Its directory is gone, or is none any more.
  }
}
