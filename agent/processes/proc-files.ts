import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Gone (or a kernel thread's, a zombie's: it has no such thing any more), or not ours to see: no fault. EINVAL is what `mountinfo` of a
 * process says that has left its mount namespace on its way out.
 */
const ABSENT = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR', 'EINVAL']);

/** Pids that /proc lists now, ascending. */
export function listPids(procRoot: string): number[] {
  return readdirSync(procRoot)
    .filter((name) => {
      const first = name.charCodeAt(0);
      return first >= 48 && first <= 57;
    })
    .map(Number)
    .sort((a, b) => a - b);
}

/** Undefined when it is not there (any more) or not ours to read. */
export function linkText(path: string): string | undefined {
  return unlessAbsent(() => readlinkSync(path));
}

/** Undefined when it is not there (any more) or not ours to read. */
export function procText(path: string): string | undefined {
  return unlessAbsent(() => readFileSync(path, 'utf8'));
}

/** Empty when it is not there (any more) or not ours to read. */
export function namesIn(path: string): string[] {
  return unlessAbsent(() => readdirSync(path)) ?? [];
}

/** The value, or undefined where what was read is gone or refused; any other error is thrown. */
export function unlessAbsent<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Whether an error says that what was read is gone, or not ours to see. */
export function isAbsent(error: unknown): boolean {
  return ABSENT.has((error as NodeJS.ErrnoException).code ?? '');
}
