import type { JournalEntry, JournalInput, JournalResult } from '#agent/contract/journal.js';
import type { LimitsInput, LimitsView } from '#agent/contract/limits.js';
import { actingAs, currentCaller } from '#agent/store/journal/acting.js';
import { TsgovError } from '#native/tsgov-error.js';
import type { NodeContext } from './context.js';
import { effectiveLimits } from './effective-limits.js';
import type { Governed } from './governed.js';
import { limitEntries } from './limit-fields.js';
import { setContainerLimits } from './set-limits.js';

type Value = JournalEntry['before'];
type Act = Omit<JournalInput, 'container' | 'reason'>;

const ASKED = 'a person asked for it';

/** An act that a person asks for: a row of the journal when it is done, and when it is refused or fails, which is thrown on. */
export function askedFor<T>(context: NodeContext, container: Governed, act: Act, task: () => Promise<T>): Promise<T> {
  const subject = container.subject();
  return actingAs(currentCaller(), async () => {
    try {
      const result = await task();
      context.journal.record({ ...act, reason: ASKED, container: subject });
      return result;
    } catch (error) {
      const none = { before: null, after: null, undo: null };
      context.journal.record({ ...act, reason: ASKED, container: subject, ...none, ...outcome(error) });
      throw error;
    }
  });
}

/** setContainerLimits, on the container's queue, with a row for each limit that was asked for or dropped. */
export function limitAsked(
  context: NodeContext,
  container: Governed,
  input: LimitsInput,
  options: { clear: boolean },
): Promise<LimitsView> {
  return actingAs(currentCaller(), () => container.queue.run(() => setAndRecord(context, container, input, options)));
}

async function setAndRecord(
  context: NodeContext,
  container: Governed,
  input: LimitsInput,
  options: { clear: boolean },
): Promise<LimitsView> {
  const before = standing(container);
  const common = { action: 'limit' as const, reason: ASKED, container: container.subject() };
  const values = { limits: JSON.stringify(input), ...(options.clear ? { clear: 'true' } : {}) };
  try {
    const view = await setContainerLimits(context, container, input, options);
    const after = standing(container);
    const touched = [...new Set([...before.keys(), ...after.keys()])].filter(
      (field) => !same(before.get(field), after.get(field)),
    );
    // What somebody else's runtime had set where nobody of us did.
    const found = new Map(limitEntries(container.limitsWithFound(touched).run).map(({ path, value }) => [path, value]));
    for (const field of touched) {
      const [from, to] = [before.get(field), after.get(field)];
      context.journal.record({
        ...common,
        field,
        before: from?.value ?? found.get(field) ?? null,
        after: to?.value ?? found.get(field) ?? null,
        undo: undoOf(container.name, from),
        values,
      });
    }
    if (touched.length === 0) context.journal.record({ ...common, values: { ...values, note: 'nothing had to change' } });
    return view;
  } catch (error) {
    context.journal.record({ ...common, values, ...outcome(error) });
    throw error;
  }
}

interface Standing {
  value: Value;
  /** Who says so. */
  source: string;
}

/** Limits as they are wanted, and whether it is frozen. */
function standing(container: Governed): Map<string, Standing> {
  const { limits, sources } = effectiveLimits(container);
  const known = new Map<string, Standing>(
    limitEntries(limits).map(({ path, value }) => [path, { value, source: sources[path] ?? '' }]),
  );
  if (container.running) known.set('state', { value: container.frozen ? 'frozen' : 'thawed', source: '' });
  return known;
}

function same(one: Standing | undefined, other: Standing | undefined): boolean {
  return one?.value === other?.value && one?.source === other?.source;
}

function undoOf(name: string, before: Standing | undefined): string {
  return before?.source === 'override'
    ? `tsgov limit ${name} with what it was before`
    : `tsgov limit --clear ${name}, which drops all that was set by limit`;
}

/** Refused: somebody asked for what cannot be; failed: it should have worked. */
function outcome(error: unknown): { result: JournalResult; error: string } {
  if (!(error instanceof TsgovError)) return { result: 'failed', error: String(error) };
  const failed = error.code === 'DEADLINE' || error.code === 'KERNEL' || error.code === 'INTERNAL';
  return { result: failed ? 'failed' : 'refused', error: `${error.code}: ${error.message}` };
}
