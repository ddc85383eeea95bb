import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { dropTemporary } from './atomic-write.js';
import { onDisk } from './on-disk.js';

/**
 * As writeFileAtomic, and it survives power loss too: file and directory are on disk when it returns. Throws KernelError with call and path;
 * then the old file stands as it was.
 */
export function writeFileDurable(path: string, data: string | Uint8Array, mode = 0o600): void {
  const temporary = `${path}.tmp`;
  try {
    onDisk(path, () => {
      writeWhole(temporary, data, mode);
      renameSync(temporary, path);
      syncDirectory(dirname(path));
    });
  } catch (error) {
    dropTemporary(temporary);
    throw error;
  }
}

function writeWhole(path: string, data: string | Uint8Array, mode: number): void {
  const fd = openSync(path, 'w', mode);
  try {
    writeFileSync(fd, data);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Removes a file so that it stays removed. */
export function unlinkDurable(path: string): void {
  unlinkSync(path);
  syncDirectory(dirname(path));
}

function syncDirectory(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
