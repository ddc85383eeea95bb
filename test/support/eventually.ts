import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `check` holds; fails when it does not within 30 s, which is a hang, not a slow machine. */
export async function eventually(check: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 30_000; !(await check()); ) {
    if (performance.now() > end) throw new Error(`never came true: ${check.toString()}`);
    await sleep(5);
  }
}
