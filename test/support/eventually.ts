import { setTimeout as sleep } from 'node:timers/promises';

const DEADLINE_MS = 60_000;

/** Waits until `check` holds; fails when it does not within a minute, which is a hang, not a slow machine. */
export async function eventually(check: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + DEADLINE_MS; !(await check()); ) {
    if (performance.now() > end) throw new Error(`never came true: ${check.toString()}`);
    await sleep(5);
  }
}

/** Waits, as long, until `check` answers something other than undefined and false, and answers it. */
export async function becomes<T>(what: string, check: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (const end = performance.now() + DEADLINE_MS; ; await sleep(5)) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`never came true: ${what}`);
  }
}
