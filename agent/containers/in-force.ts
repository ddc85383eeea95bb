import { readLimits } from '#runtime/cgroup/read-limits.js';
import type { Container } from './container.js';
import { effectiveLimits } from './effective-limits.js';
import { limitEntries } from './limit-fields.js';

/**
 * Notes what the kernel made of the limits that were just written (it rounds, and v1 has other units): what later differs from that,
 * somebody else wrote. The freezer's state is compared with what is asked, not with this.
 */
export function rememberInForce(container: Container): void {
  const asked = new Set(limitEntries(effectiveLimits(container.record).limits).map(({ path }) => path));
  asked.delete('state');
  container.inForce = undefined;
  if (container.run === undefined) return;
  const read = asked.size === 0 ? {} : readLimits(container.run.cgroup);
  if (read === undefined) return;
  const entries = limitEntries(read).filter(({ path }) => asked.has(path));
  container.inForce = new Map(entries.map(({ path, value }) => [path, value]));
}
