import { specInvalid } from './errors.js';

/** Shape checks of a parsed config.json; each throws SPEC_INVALID with the field's path and what would be valid. */

export type Json = Readonly<Record<string, unknown>>;

export function object(value: unknown, field: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw specInvalid(field, `must be an object, not ${shown(value)}`);
  return value as Json;
}

/** Runs `check` on what is there; an absent (or null, as Go writes empty lists) field is fine. */
export function optional<T>(value: unknown, field: string, check: (value: unknown, field: string) => T): T | undefined {
  return value === undefined || value === null ? undefined : check(value, field);
}

export function list<T>(value: unknown, field: string, each: (value: unknown, field: string) => T): T[] {
  if (!Array.isArray(value)) throw specInvalid(field, `must be a list, not ${shown(value)}`);
  return value.map((entry, index) => each(entry, `${field}[${index}]`));
}

export function dictionary(value: unknown, field: string): Readonly<Record<string, string>> {
  for (const [key, entry] of Object.entries(object(value, field))) text(entry, `${field}[${JSON.stringify(key)}]`);
  return value as Record<string, string>;
}

/** A string the kernel can take: without NUL. */
export function text(value: unknown, field: string): string {
  if (typeof value !== 'string') throw specInvalid(field, `must be a string, not ${shown(value)}`);
  if (value.includes('\0')) throw specInvalid(field, 'must not have a NUL byte');
  return value;
}

export function absolute(value: unknown, field: string): string {
  const path = text(value, field);
  if (!path.startsWith('/')) throw specInvalid(field, `must be an absolute path, not ${JSON.stringify(path)}`);
  return path;
}

export function oneOf(words: readonly string[]): (value: unknown, field: string) => string {
  return (value, field) => {
    const word = text(value, field);
    if (!words.includes(word)) throw specInvalid(field, `must be one of ${words.join(', ')}, not ${JSON.stringify(word)}`);
    return word;
  };
}

export function boolean(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw specInvalid(field, `must be true or false, not ${shown(value)}`);
  return value;
}

export function integer(min: number, max: number): (value: unknown, field: string) => number {
  return (value, field) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw specInvalid(field, `must be a whole number from ${min} to ${max}, not ${shown(value)}`);
    }
    return value;
  };
}

export const strings = (value: unknown, field: string): string[] => list(value, field, text);
/** A user or group id; 2^32 - 1 means "no change" to the kernel. */
export const id = integer(0, 0xfffffffe);
export const u32 = integer(0, 0xffffffff);
export const u64 = integer(0, 2 ** 64);
export const i64 = integer(-(2 ** 63), 2 ** 63);

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 60 ? `${json.slice(0, 57)}…` : json;
}
