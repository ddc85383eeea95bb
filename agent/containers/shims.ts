import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { WAITING_MARK } from '#runtime/container/waiting-shim.js';

/**
 * Every shim on the node by its state directory (`state=` of its command line, docs/architecture.md "Shim") → pid; zombies are none. Anybody can
 * call himself so: what runs must also be the shim's file (maybe of an earlier version, replaced since), in this process's own pid
 * namespace, where no container is.
 */
export function findShims(procRoot: string): Map<string, number> {
  return new Map(shims(procRoot, (words) => words.find((word) => word.startsWith('state='))?.slice('state='.length)));
}

/** Shims that `owner` (docs/architecture.md "Shim") has started and that do not know yet what for. */
export function waitingShims(procRoot: string, owner: string): number[] {
  const mark = `${WAITING_MARK}${owner}`;
  return shims(procRoot, (words) => (words.includes(mark) ? mark : undefined)).map(([, pid]) => pid);
}

/** Those of which `pick` makes something of the words of their command line, with what it made. */
function shims(procRoot: string, pick: (words: string[]) => string | undefined): [string, number][] {
  return readdirSync(procRoot).flatMap((name): [string, number][] => {
    if (!/^\d+$/.test(name)) return [];
    const [argv0 = '', ...words] = commandLine(procRoot, name);
    const picked = argv0.endsWith('tsgov-shim') ? pick(words) : undefined;
    return picked !== undefined && isShim(procRoot, name) ? [[picked, Number(name)]] : [];
  });
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
