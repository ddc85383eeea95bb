import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Every shim on the node by its state directory (`state=` of its command line, docs/architecture.md "Shim") → pid; zombies are none. Anybody can
 * call himself so: what runs must also be the shim's file (maybe of an earlier version, replaced since), in this process's own pid
 * namespace, where no container is.
 */
export function findShims(procRoot: string): Map<string, number> {
  const shims = new Map<string, number>();
  for (const name of readdirSync(procRoot)) {
    if (!/^\d+$/.test(name)) continue;
    const [argv0 = '', ...words] = commandLine(procRoot, name);
    const state = argv0.endsWith('tsgov-shim') ? words.find((word) => word.startsWith('state=')) : undefined;
    if (state !== undefined && isShim(procRoot, name)) shims.set(state.slice('state='.length), Number(name));
  }
  return shims;
}

function isShim(procRoot: string, pid: string): boolean {
  return (
    /\/tsgov-shim( \(deleted\))?$/.test(linkOf(join(procRoot, pid, 'exe'))) &&
    linkOf(join(procRoot, pid, 'ns/pid')) === linkOf(join(procRoot, 'self/ns/pid'))
  );
}

/** Empty for a process that has gone. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

function commandLine(procRoot: string, pid: string): string[] {
  try {
    return readFileSync(join(procRoot, pid, 'cmdline'), 'utf8').split('\0');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
