import { readFileSync, renameSync } from 'node:fs';

/**
 * What an earlier agent kept in a JSON file of one's own; undefined: there is none. One that is broken is set aside as `.broken`, and told
 * as an Error that ends with `consequence`. Errors of reading as Node's SystemError.
 */
export function readKept<T>(path: string, check: { Check(value: unknown): value is T }, consequence: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (check.Check(value)) return value;
    throw new Error('it is not what tsgov writes');
  } catch (error) {
    renameSync(path, `${path}.broken`);
    throw new Error(`${path} was set aside as .broken, ${consequence}: ${(error as Error).message}`);
  }
}
