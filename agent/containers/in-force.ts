import { readLimits } from '#runtime/cgroup/read-limits.js';
import { effectiveLimits } from './effective-limits.js';
import type { Governed } from './governed.js';
import { limitEntries, slicesOf } from './limit-fields.js';

/**
 * Notes what the kernel made of the limits that were just written (it rounds, and v1 has other units): what later differs from that,
 * somebody else wrote. The freezer's state is compared with what is asked, not with this. `written`: only these were; of the others what was
 * noted before stays.
 */
export function rememberInForce(container: Governed, written?: readonly string[]): void {
  const asked = new Set(written ?? limitEntries(effectiveLimits(container).limits).map(({ path }) => path));
  asked.delete('state');
  const others = written === undefined ? [] : [...(container.inForce ?? [])].filter(([path]) => !asked.has(path));
  container.inForce = undefined;
  const { cgroup } = container;
  if (cgroup === undefined) return;
  const read = asked.size === 0 ? {} : readLimits(cgroup, slicesOf(asked));
  if (read === undefined) return;
  const entries = limitEntries(read).filter(({ path }) => asked.has(path));
  container.inForce = new Map([...others, ...entries.map(({ path, value }) => [path, value] as const)]);
}
