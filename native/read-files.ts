import { readSync } from 'node:fs';

/**
 * Reads the files `fds[from]` to `fds[to - 1]` from their beginning into `buffer`, one behind the other from `at` on. Into `lengths` goes how many
 * bytes each has, or the negative errno. Answers where they end; the buffer's length: there was no room for all.
 */
export type ReadFiles = (fds: Int32Array, from: number, to: number, buffer: Buffer, at: number, lengths: Int32Array) => number;

/** In one call (native/read/read.c, built to `path`); undefined where the library cannot be loaded. */
export async function loadReadFiles(path: string): Promise<ReadFiles | undefined> {
  const { default: koffi } = await import('koffi');
  try {
    const read = koffi
      .load(path)
      .func('int tsgov_read(void *fds, int from, int to, void *buffer, int size, int at, void *lengths)');
    return (fds, from, to, buffer, at, lengths) => read(fds, from, to, buffer, buffer.length, at, lengths) as number;
  } catch {
    return undefined;
  }
}

/** The same, a call each. */
export const readFilesOneByOne: ReadFiles = (fds, from, to, buffer, at, lengths) => {
  let end = at;
  for (let index = from; index < to; index++) {
    try {
      lengths[index] = readSync(fds[index] as number, buffer, end, buffer.length - end, 0);
    } catch (error) {
      const { errno } = error as NodeJS.ErrnoException;
      if (errno === undefined) throw error;
      lengths[index] = errno;
    }
    end += Math.max(0, lengths[index] as number);
  }
  return end;
};
