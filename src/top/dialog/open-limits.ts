import type { Step } from '#src/top/effect.js';
import type { Row } from '#src/top/rows.js';
import type { TopState } from '#src/top/state.js';

/** The form for these containers, once the values in force are known. Pure. */
export function openLimits(state: TopState, rows: readonly Row[]): Step<TopState> {
  const act = `a${state.nextAct}`;
  const [first] = rows;
  if (first === undefined) return { state, effects: [] };
  return {
    state: {
      ...state,
      nextAct: state.nextAct + 1,
      dialog: {
        kind: 'limits',
        targets: rows.map(({ id }) => id),
        fields: [],
        index: 0,
        caret: 0,
        status: 'loading',
        waiting: [act],
        plan: undefined,
        refusal: undefined,
      },
    },
    effects: [{ kind: 'call', act, label: `limits of ${first.name}`, call: { call: 'limits', ref: first.id } }],
  };
}
