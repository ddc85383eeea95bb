import type { ContainerView } from '#agent/contract/container.js';
import { ago, humanDuration } from './human-time.js';

type State = ContainerView['state'];

/** Docker's STATUS column: `Up 2 minutes`, `Exited (0) 3 seconds ago`, with `(Frozen)` and `(OOM killed)`. */
export function statusText(state: State, nowMs: number): string {
  return STATUS[state.status](state, nowMs);
}

const STATUS: { [S in State['status']]: (state: State, nowMs: number) => string } = {
  created: () => 'Created',
  running: (state, nowMs) => `Up ${upTime(state, nowMs)}`,
  frozen: (state, nowMs) => `Up ${upTime(state, nowMs)} (Frozen)`,
  exited: (state, nowMs) =>
    `Exited (${state.exitCode ?? '?'}) ${ago(state.finishedAt, nowMs)}${state.oomKilled ? ' (OOM killed)' : ''}`,
  dead: (state) => (state.exitCode === null ? 'Dead' : `Dead (${state.exitCode})`),
};

function upTime(state: State, nowMs: number): string {
  return humanDuration(state.startedAt === null ? 0 : Math.max(0, nowMs - Date.parse(state.startedAt)));
}
