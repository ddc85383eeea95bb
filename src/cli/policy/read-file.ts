import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '#src/cli/flags/usage-error.js';

/** The text of a policy file; `-` is stdin. Throws UsageError when it cannot be read. */
export function readPolicyFile(path: string, cwd: string): { file: string; text: string } {
  try {
    if (path === '-') return { file: '<stdin>', text: readFileSync(0, 'utf8') };
    return { file: path, text: readFileSync(resolve(cwd, path), 'utf8') };
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${(error as Error).message}`);
  }
}
