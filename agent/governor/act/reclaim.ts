import type { Governed } from '#agent/containers/governed.js';
import { reclaim as reclaimBytes } from '#runtime/cgroup/reclaim.js';
import { type ActContext, type ActionOf, type ActResult, DONE } from './executor.js';

/** The kernel may look through all of a large container's memory. */
export const RECLAIM_DEADLINE_MS = 10_000;

/** Takes memory back, as much as there is to take. On the queue, for on cgroup v1 it borrows the limit. */
export function reclaim(_: ActContext, container: Governed, { bytes }: ActionOf<'reclaim'>): Promise<ActResult> {
  return container.queue.run(async (): Promise<ActResult> => {
    const { cgroup } = container;
    const reclaimed = cgroup && (await reclaimBytes(cgroup, bytes, RECLAIM_DEADLINE_MS));
    if (reclaimed === undefined) return { ...DONE, nothing: true };
    const { beforeBytes: before, afterBytes: after, outcome } = reclaimed;
    return { result: 'done', before, after, ...(outcome === 'partly' ? { note: 'the kernel found no more to take back' } : {}) };
  });
}
