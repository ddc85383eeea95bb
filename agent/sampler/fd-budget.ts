import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files that may be held open, and how many are: a node has more cgroups × files than a process may have open. */
export class FdBudget {
  readonly limit: number;
  #held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get held(): number {
    return this.#held;
  }

  /** Opens a file to hold; undefined: there is no room. Throws what open(2) does. */
  open(path: string): number | undefined {
    if (this.#held >= this.limit) return undefined;
    const fd = openSync(path, 'r');
    this.#held += 1;
    return fd;
  }

  close(fd: number): void {
    this.#held -= 1;
    closeSync(fd);
  }
}

/** What else the agent opens: clients, shims, logs, watches. */
const RESERVED_FDS = 2048;

/** How many files may be held under this process's RLIMIT_NOFILE (its soft limit, which Node raises to the hard one). */
export function fdLimit(procRoot: string): number {
  const text = readFileSync(join(procRoot, 'self/limits'), 'utf8');
  const soft = /^Max open files +(\d+|unlimited)/m.exec(text)?.[1];
  if (soft === undefined || soft === 'unlimited') return UNLIMITED;
  return Math.max(0, Math.min(UNLIMITED, Math.max(Number(soft) - RESERVED_FDS, Math.floor(Number(soft) / 2))));
}

const UNLIMITED = 1 << 18;
