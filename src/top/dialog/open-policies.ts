import type { Step } from '#src/top/effect.js';
import type { Row } from '#src/top/rows.js';
import type { TopState } from '#src/top/state.js';

/** Which policies there are, to choose one for these containers. Pure. */
export function openPolicies(state: TopState, rows: readonly Row[]): Step<TopState> {
  const act = `a${state.nextAct}`;
  const title = rows.length === 1 ? `Policy for ${rows[0]!.name}` : `Policy for ${rows.length} containers`;
  const targets = rows.map(({ id }) => id);
  return {
    state: {
      ...state,
      nextAct: state.nextAct + 1,
      dialog: { kind: 'choose', title, items: [], index: 0, use: 'policy', targets, waiting: act },
    },
    effects: [{ kind: 'call', act, label: 'list policies', call: { call: 'policies' } }],
  };
}
