import { freezeContainer, thawContainer } from '#agent/containers/freeze.js';
import type { Governed } from '#agent/containers/governed.js';
import { type ActContext, type ActionOf, type ActResult, DONE } from './executor.js';
import { tellAct } from './tell.js';

/** When the freezes that rules began are to end: one that ends at another time is a person's. */
const FROZEN_UNTIL_MS = new WeakMap<Governed, number | null>();

/** Freezes with a deadline that is on disk before anything stops: whatever becomes of this agent, it thaws. */
export function freezeFor(context: ActContext, container: Governed, action: ActionOf<'freeze'>): Promise<ActResult> {
  const { node } = context;
  const { forMs } = action;
  return container.queue.run(async (): Promise<ActResult> => {
    if (container.cgroup === undefined) return DONE;
    if (container.frozen) return { result: 'refused', note: 'somebody else froze it meanwhile' };
    await freezeContainer(node, container, { forMs });
    FROZEN_UNTIL_MS.set(container, container.thawAtMs);
    container.tellThaw = () => void tellAct(context, container.subject(), endOf(action), OVER);
    return { result: 'done', before: 'thawed', after: 'frozen' };
  });
}

const OVER = { result: 'done', before: 'frozen', after: 'thawed' } as const;

/** As the rule would undo it, had its time not been over between two ticks. */
function endOf({ container, name, policy, priority, rule, observed, values }: ActionOf<'freeze'>): ActionOf<'undo'> {
  const whose = { container, name, policy, priority, rule, observed, values };
  return { ...whose, kind: 'undo', of: 'freeze', fields: ['state'], was: {}, reason: 'its time is over' };
}

/** Lets go what was frozen with a deadline, as rules do; who freezes without one means it. */
export function thawEarly({ node }: ActContext, container: Governed): Promise<ActResult> {
  return container.queue.run(async (): Promise<ActResult> => {
    if (container.cgroup === undefined || container.leaving || !container.frozen) return { ...DONE, nothing: true };
    if (container.thawAtMs === null) return { result: 'refused', note: 'somebody froze it without a deadline' };
    if ((FROZEN_UNTIL_MS.get(container) ?? container.thawAtMs) !== container.thawAtMs)
      return { result: 'refused', note: 'somebody froze it anew, with a deadline of their own' };
    await thawContainer(node, container);
    return { result: 'done', before: 'frozen', after: 'thawed' };
  });
}
