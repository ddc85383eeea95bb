import type { Governed } from '#agent/containers/governed.js';
import type { Action, ActionKind } from '#agent/contract/decision.js';
import { AgentError } from '#agent/contract/errors.js';
import { TsgovError } from '#native/tsgov-error.js';
import type { ActContext, ActionOf, ActResult, Executor } from './executor.js';
import { deadlineMs, EXECUTORS } from './executors.js';
import { foresee } from './foresee.js';
import { type Outcome, tellAct } from './tell.js';

/**
 * Does one act, or where its policy observes leaves it at that, and tells it: an event, rows of the journal, a count. Resolves when the act
 * is over, also one that was told as failed because it took too long: until then nothing else is to be done to the container. Never rejects.
 */
export async function perform(context: ActContext, container: Governed, action: Action): Promise<Outcome> {
  // One that goes away while it is acted on is told as what it was.
  const subject = container.subject();
  if (action.observed) {
    const foreseen = foresee(context, container, action);
    return foreseen.nothing === true ? foreseen : tellAct(context, subject, action, foreseen);
  }
  const act = run(context, container, action);
  let cancel: () => void = () => undefined;
  const late = new Promise<Outcome>((resolve) => {
    cancel = context.node.clock.after(deadlineMs(action), () => resolve({ result: 'failed', error: LATE }));
  });
  const outcome = await Promise.race([act, late]);
  cancel();
  const told = outcome.nothing === true ? outcome : tellAct(context, subject, action, outcome);
  await act;
  return told;
}

const LATE = 'DEADLINE: the kernel, or an act before it, has not let go of the container in time';

async function run<K extends ActionKind>(context: ActContext, container: Governed, action: ActionOf<K>): Promise<Outcome> {
  const execute = EXECUTORS[action.kind] as Executor<K>;
  try {
    return outcomeOf(await execute(context, container, action));
  } catch (error) {
    // What a container that went away meanwhile refuses is no fault.
    if (container.cgroup === undefined || container.leaving) return { result: 'done', note: 'it was gone meanwhile' };
    if (!(error instanceof TsgovError)) return { result: 'failed', error: String(error) };
    const refused = error instanceof AgentError || REFUSALS.has(error.code);
    return { result: refused ? 'refused' : 'failed', error: `${error.code}: ${error.message}` };
  }
}

/** The kernel or a check said no, and nothing changed. */
const REFUSALS: ReadonlySet<string> = new Set(['LIMIT_INVALID', 'LIMIT_REFUSED', 'UNSUPPORTED', 'STATE_CONFLICT']);

function outcomeOf({ result, note, ...rest }: ActResult): Outcome {
  if (note === undefined) return { result, ...rest };
  return result === 'refused' ? { result, error: note, ...rest } : { result, note, ...rest };
}
