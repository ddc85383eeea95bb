import { namesIn, procText } from './proc-files.js';

/** How many descriptors a process has open, and how many it may; null where it is gone or not ours to look at, or without a limit. */
export function openFiles(procRoot: string, pid: number): { openFiles: number | null; openFilesMax: number | null } {
  const limits = procText(`${procRoot}/${pid}/limits`);
  if (limits === undefined) return { openFiles: null, openFilesMax: null };
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return { openFiles: namesIn(`${procRoot}/${pid}/fd`).length, openFilesMax: soft === undefined ? null : Number(soft) };
}
