import { AsyncLocalStorage } from 'node:async_hooks';
import type { JournalEntry } from '#agent/contract/journal.js';

/** Who asked for what runs now. */
export interface Caller {
  actor: JournalEntry['actor'];
  /** What is known of them: `uid` and `pid` over the unix socket. */
  values: JournalEntry['values'];
}

const callers = new AsyncLocalStorage<Caller>();

/** Runs `task`, and all it starts and waits for, as asked by `caller`. */
export function actingAs<T>(caller: Caller, task: () => T): T {
  return callers.run(caller, task);
}

/** Undefined: nobody asked, the agent does it by itself. */
export function currentCaller(): Caller | undefined {
  return callers.getStore();
}
