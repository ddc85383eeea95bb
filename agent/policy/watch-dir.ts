import { type FSWatcher, watch } from 'node:fs';

/** Tells of changes in a directory, also one that is made, removed and made again. */
export interface DirectoryWatch {
  /** Takes up the watch where there is none: the directory may have come meanwhile. */
  renew(): void;
  close(): void;
}

/**
 * Calls back for each change in `dir` (inotify); several at once may be told as one. Where it cannot be watched, `renew` tries again; what
 * happens until then is the caller's to find.
 */
export function watchDirectory(dir: string, onChange: () => void): DirectoryWatch {
  let watcher: FSWatcher | undefined;
  const drop = (): void => {
    watcher?.close();
    watcher = undefined;
  };
  const renew = (): void => {
    if (watcher !== undefined) return;
    try {
      watcher = watch(dir, { persistent: false }, (event, name) => {
        // inotify says of a directory that goes only that something of its own name was renamed.
        if (event === 'rename' && name !== null && dir.endsWith(`/${name}`)) drop();
        onChange();
      });
      watcher.on('error', drop);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      // Not there (yet), or the user has no inotify watches left: the caller looks from time to time.
      if (!['ENOENT', 'ENOTDIR', 'ENOSPC', 'EMFILE', 'EACCES'].includes(code)) throw error;
    }
  };
  renew();
  return { renew, close: drop };
}
