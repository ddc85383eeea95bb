import type { UsageView } from '#agent/contract/usage.js';

type Cpus = UsageView['node']['cpus'];

/** How busy each CPU was between two looks, 0 to 1; undefined: not known. */
export function busyShares(before: Cpus | undefined, now: Cpus): (number | undefined)[] {
  return now.map((cpu, index) => {
    const past = before?.[index];
    if (past === undefined) return undefined;
    const busy = cpu.busyUsec - past.busyUsec;
    const all = busy + cpu.idleUsec - past.idleUsec;
    return all > 0 ? Math.min(1, Math.max(0, busy / all)) : undefined;
  });
}
