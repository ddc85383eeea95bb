import type { ContainerSnapshot } from '#agent/contract/snapshot.js';
import type { Memory, PendingUndo } from './memory.js';

/**
 * Containers as they would be if what policies that observe would have done had been done: what such a policy goes on from, so that it says
 * what it would do, and not the same step again and again. Pure.
 */
export function asIfDone(memory: Memory): (container: ContainerSnapshot) => ContainerSnapshot {
  const done = new Map<string, PendingUndo[]>();
  const states = [...Object.values(memory.ladders), ...Object.values(memory.senpai)].flatMap(
    (of: Readonly<Record<string, { undo: PendingUndo[] }>>) => Object.values(of),
  );
  for (const { undo } of states)
    for (const each of undo) if (each.observed) done.set(each.container, [...(done.get(each.container) ?? []), each]);
  return (container) => {
    const acts = done.get(container.id) ?? [];
    if (acts.length === 0 && container.wouldBe === undefined) return container;
    const limits = Object.assign(
      {},
      container.wouldBe ?? container.limits,
      ...acts.map((each) => each.limits ?? {}),
    ) as ContainerSnapshot['limits'];
    return { ...container, limits, frozen: container.frozen || acts.some(({ of }) => of === 'freeze') };
  };
}
