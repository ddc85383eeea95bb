import { readFileSync } from 'node:fs';
import { UsageError } from './flags/usage-error.js';
import type { Globals } from './globals.js';

/** The bearer token; throws UsageError for a file that cannot be read or is empty. */
export function readToken(token: Globals['token']): string | undefined {
  if (token === undefined) return undefined;
  if ('text' in token) return token.text;
  const text = readNamed('token-file', token.file).trim();
  if (text === '') throw new UsageError(`--token-file: ${token.file} is empty`);
  if (/\s/.test(text)) throw new UsageError(`--token-file: ${token.file} has more than one word`);
  return text;
}

/** The text of a file that a flag names; throws UsageError. */
export function readNamed(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--${flag}: ${(error as Error).message}`);
  }
}
