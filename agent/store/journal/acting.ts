import { AsyncLocalStorage } from 'node:async_hooks';
import type { JournalEntry } from '#agent/contract/journal.js';

/** Who asked for what runs now. */
export interface Caller {
  actor: JournalEntry['actor'];
  /** What is known of them: `uid` and `pid` over the unix socket. */
  values: JournalEntry['values'];
}

const callers = new AsyncLocalStorage<Caller>();
let asking: Caller | undefined;
let underWay = 0;

/** Runs `task`, which is a request of `caller`: what it begins before it first waits for anything is asked for by them. */
export function askedBy<T>(caller: Caller, task: () => T): T {
  const before = asking;
  asking = caller;
  try {
    return task();
  } finally {
    asking = before;
  }
}

/**
 * Runs `task`, and all it starts and waits for, as asked by `caller`; undefined: as before. Following somebody through all that is waited for
 * costs each promise of the agent something (Node 20: a tenth of all a short container's life takes), so it is done only while an act is under way.
 */
export async function actingAs<T>(caller: Caller | undefined, task: () => Promise<T>): Promise<T> {
  if (caller === undefined) return task();
  underWay += 1;
  try {
    return await callers.run(caller, task);
  } finally {
    underWay -= 1;
    if (underWay === 0) callers.disable();
  }
}

/** Undefined: nobody asked, the agent does it by itself. */
export function currentCaller(): Caller | undefined {
  return asking ?? callers.getStore();
}
