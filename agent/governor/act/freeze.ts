import { freezeContainer, thawContainer } from '#agent/containers/freeze.js';
import type { Governed } from '#agent/containers/governed.js';
import { type ActContext, type ActionOf, type ActResult, DONE } from './executor.js';

/** Freezes with a deadline that is on disk before anything stops: whatever becomes of this agent, it thaws. */
export function freezeFor({ node }: ActContext, container: Governed, { forMs }: ActionOf<'freeze'>): Promise<ActResult> {
  return container.queue.run(async (): Promise<ActResult> => {
    if (container.cgroup === undefined) return DONE;
    if (container.frozen) return { result: 'refused', note: 'somebody else froze it meanwhile' };
    await freezeContainer(node, container, { forMs });
    return { result: 'done', before: 'thawed', after: 'frozen' };
  });
}

/** Lets go what was frozen with a deadline, as rules do; who freezes without one means it. */
export function thawEarly({ node }: ActContext, container: Governed): Promise<ActResult> {
  return container.queue.run(async (): Promise<ActResult> => {
    if (container.cgroup === undefined || container.leaving || !container.frozen) return { ...DONE, nothing: true };
    if (container.thawAtMs === null) return { result: 'refused', note: 'somebody froze it without a deadline' };
    await thawContainer(node, container);
    return { result: 'done', before: 'frozen', after: 'thawed' };
  });
}
