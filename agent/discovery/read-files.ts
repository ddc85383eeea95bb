import { readdirSync, readFileSync } from 'node:fs';

/** A file of somebody else's, as text; undefined: it is not there, or may not be read. Its owner may remove it at any moment. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A JSON file of somebody else's; undefined: it is not there, or is being written. */
export function readJson(path: string): unknown {
  const text = readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The names in a directory; none when it is not there. */
export function readNames(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ESRCH', 'EISDIR', 'ENODEV'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );
}

/** A property of parsed JSON that may be anything; undefined when it is not there or not an object. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (object, key) =>
      typeof object === 'object' && object !== null && Object.hasOwn(object, key)
        ? (object as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

/** A non-empty string, or undefined. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The string values of an object. */
export function texts(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** The strings of a list; undefined when it is none. */
export function list(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : undefined;
}

/** Milliseconds since the epoch of a date as runtimes write it (RFC 3339, with nanoseconds). */
export function timeMs(value: unknown): number | undefined {
  const ms = Date.parse(String(value).replace(/(\.\d{3})\d+/, '$1'));
  return typeof value !== 'string' || Number.isNaN(ms) ? undefined : ms;
}

/** Leaves out what is undefined. */
export function known<T extends object>(facts: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as T;
}
