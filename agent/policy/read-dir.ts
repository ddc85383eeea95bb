import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The texts of `*.yaml` and `*.yml` in a directory by path; none when it is not there. Hidden files (editors' own) are left out. */
export function readPolicyDir(dir: string): Map<string, string> {
  const texts = new Map<string, string>();
  for (const name of listed(dir)) {
    if (name.startsWith('.') || !/\.ya?ml$/.test(name)) continue;
    const path = join(dir, name);
    try {
      texts.set(path, readFileSync(path, 'utf8'));
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      // Gone since. What cannot be read has no policy in it, and is refused for that.
      if (['EISDIR', 'EACCES', 'ELOOP'].includes(code)) texts.set(path, '');
      else if (code !== 'ENOENT') throw error;
    }
  }
  return texts;
}

function listed(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
