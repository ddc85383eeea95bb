import { type Static, Type } from 'typebox';
import { PolicyIssue } from './policy.js';

/** What a rule would have done at one moment of what was recorded. */
export const ReplayedAct = Type.Object({
  time: Type.String(),
  container: Type.Object({ id: Type.String(), name: Type.String() }),
  policy: Type.String(),
  rule: Type.String(),
  action: Type.String({ description: 'notify, reclaim, set, throttle, freeze, thaw, terminate, kill or undo.' }),
  detail: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
    description: 'Limits it would have set, bytes to reclaim, how long.',
  }),
  reason: Type.String(),
  values: Type.Record(Type.String(), Type.Number(), { description: "The signals' values it was decided on." }),
});
export type ReplayedAct = Static<typeof ReplayedAct>;

/** What policies would have done over a time; nothing is changed, and what was recorded does not answer to what would have been done. */
export const PolicyTest = Type.Object(
  {
    issues: Type.Array(PolicyIssue, { description: 'What is wrong with the file; then nothing was replayed.' }),
    rules: Type.Number({ description: 'Rules that were replayed; limits and schedules are not.' }),
    from: Type.Union([Type.String(), Type.Null()], { description: 'The first tick recorded in that time; null: none is.' }),
    to: Type.Union([Type.String(), Type.Null()]),
    ticks: Type.Number(),
    missing: Type.Array(Type.String(), { description: 'Signals the rules look at that were never recorded in that time.' }),
    acts: Type.Array(ReplayedAct),
    more: Type.Number({ description: 'Acts after these, left out.' }),
  },
  { $id: 'PolicyTest' },
);
export type PolicyTest = Static<typeof PolicyTest>;

export interface PolicyTestQuery {
  fromMs: number;
  toMs: number;
  /** Name, id or the start of an id; undefined: all. */
  container?: string | undefined;
}

/** What the HTTP API needs to test policies; agent/replay implements it. */
export interface PolicyTestBackend {
  test(text: string, file: string, query: PolicyTestQuery): Promise<PolicyTest>;
}
