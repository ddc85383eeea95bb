import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every shim on the node by its state directory (`state=` of its command line, docs/architecture.md "Shim") → pid; zombies are none. */
export function findShims(procRoot: string): Map<string, number> {
  const shims = new Map<string, number>();
  for (const name of readdirSync(procRoot)) {
    if (!/^\d+$/.test(name)) continue;
    const [argv0 = '', ...words] = commandLine(procRoot, name);
    const state = argv0.endsWith('tsgov-shim') ? words.find((word) => word.startsWith('state=')) : undefined;
    if (state !== undefined) shims.set(state.slice('state='.length), Number(name));
  }
  return shims;
}

function commandLine(procRoot: string, pid: string): string[] {
  try {
    return readFileSync(join(procRoot, pid, 'cmdline'), 'utf8').split('\0');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
