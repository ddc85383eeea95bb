import type { NodeContext } from '#agent/containers/context.js';
import type { Governed } from '#agent/containers/governed.js';
import type { Action, ActionKind } from '#agent/contract/decision.js';
import type { JournalEntry } from '#agent/contract/journal.js';
import type { ActCounts } from './counts.js';

export interface ActContext {
  readonly node: NodeContext;
  readonly counts: ActCounts;
  /** A policy's priority, for the order of its rules' limits; 0: it is gone. */
  readonly priorityOf: (policy: string) => number;
}

/** What came of an act. What was refused changed nothing; an executor throws what failed. */
export interface ActResult {
  readonly result: 'done' | 'refused';
  /** Why it was refused, or what is to be said of it. */
  readonly note?: string;
  /** What of the limits was set: fields not named were not touched. */
  readonly fields?: readonly string[];
  readonly before?: JournalEntry['before'];
  readonly after?: JournalEntry['after'];
  /** Nothing had to be done: it is not told. */
  readonly nothing?: true;
}

export type ActionOf<K extends ActionKind> = Extract<Action, { kind: K }>;

/** Does one kind of act on one container. Runs what must not overlap on the container's queue. */
export type Executor<K extends ActionKind> = (
  context: ActContext,
  container: Governed,
  action: ActionOf<K>,
) => ActResult | Promise<ActResult>;

export const DONE: ActResult = { result: 'done' };
