import { renameSync, writeFileSync } from 'node:fs';

/**
 * Puts `data` at `path` so that a reader, or an agent killed at any moment, sees the old file or the new one whole: a temporary name
 * in the same directory, then rename(2). Survives a process crash, not power loss (no fsync). Throws what the file system says.
 */
export function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o600): void {
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, data, { mode });
  renameSync(temporary, path);
}
