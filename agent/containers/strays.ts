import type { Condition } from '#agent/contract/container.js';
import { bringBack, findStrays, type Stray } from '#runtime/cgroup/strays.js';
import type { NodeContext } from './context.js';
import type { Governed } from './governed.js';

const TYPE = 'ProcessOutside';
/** One that joins a container does so hierarchy by hierarchy. */
const SECOND_LOOK_MS = 50;

/**
 * Processes of a container of ours that somebody moved out of its cgroup are put back, and told as a `stray` event; one that the kernel does not
 * take back is a condition until it ends. Call it on the container's queue.
 */
export async function bringBackStrays(context: NodeContext, container: Governed): Promise<void> {
  if (container.foreign || !container.running) return;
  let strays = straysOf(context, container);
  if (strays.length > 0) {
    const before = new Set(strays.map(keyOf));
    await context.runtime.clock.sleep(SECOND_LOOK_MS);
    strays = straysOf(context, container).filter((stray) => before.has(keyOf(stray)));
  }
  const left = strays.flatMap((stray) => {
    const failure = bringOneBack(stray);
    const { pid, path, dir } = stray;
    // What stays outside is told once.
    if (failure === undefined || !isKnown(container, stray))
      context.events.emit('stray', container.subject(), { pid, was: path, cgroup: dir, back: failure === undefined });
    return failure === undefined ? [] : [conditionOf(stray, failure)];
  });
  const others = container.conditions.filter(({ type }) => type !== TYPE);
  if (left.length > 0 || others.length < container.conditions.length) container.conditions = [...others, ...left];
}

function straysOf(context: NodeContext, { cgroup, pid, running }: Governed): Stray[] {
  return cgroup === undefined || !running ? [] : findStrays(cgroup, pid, context.procRoot, context.strayRound);
}

const keyOf = ({ pid, dir }: Stray): string => `${pid} ${dir}`;

function bringOneBack(stray: Stray): string | undefined {
  try {
    bringBack(stray);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function isKnown({ conditions }: Governed, stray: Stray): boolean {
  return conditions.some(({ type, message }) => type === TYPE && message.startsWith(beginningOf(stray)));
}

const beginningOf = ({ pid, dir }: Stray): string => `process ${pid} is not in ${dir} `;

function conditionOf(stray: Stray, failure: string): Condition {
  return {
    type: TYPE,
    reason: 'MovedOut',
    message: `${beginningOf(stray)}but in ${stray.path}, where its limits do not hold it: ${failure}`,
  };
}
