import { limitEntries } from '#agent/containers/limit-fields.js';
import type { ContainerSnapshot } from '#agent/contract/snapshot.js';
import { type CgroupSet, pathFiles } from '#runtime/cgroup/cgroup-set.js';
import { readSlices } from '#runtime/cgroup/limit-plan.js';

/** Their own runtime changes limits seldom, and reading them all costs as much as a tick. */
const KEEP_MS = 30_000;

interface Read {
  atMs: number;
  limits: ContainerSnapshot['limits'];
}

/** What the kernel holds a container that is not ours to, beside what we set; as read before unless that is too old. */
export function foreignLimits(set: CgroupSet, last: Read | undefined, monotonicMs: number): Read {
  if (last !== undefined && monotonicMs - last.atMs < KEEP_MS) return last;
  const limits = readSlices(set, ['cpu', 'memory', 'pids'], pathFiles(set));
  return { atMs: monotonicMs, limits: Object.fromEntries(limitEntries(limits).map(({ path, value }) => [path, value])) };
}
