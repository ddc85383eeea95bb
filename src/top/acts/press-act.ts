import type { ConfirmDialog } from '#src/top/dialog/confirm-dialog.js';
import { openLimits } from '#src/top/dialog/open-limits.js';
import { openPolicies } from '#src/top/dialog/open-policies.js';
import { SIGNALS } from '#src/top/dialog/signals.js';
import type { Step } from '#src/top/effect.js';
import type { Row } from '#src/top/rows.js';
import { say } from '#src/top/say.js';
import type { TopState } from '#src/top/state.js';
import { freezeOrThaw, isLive, removeAll, restartAll, stopAll } from './acts.js';
import { type ActRequest, ask } from './request.js';
import { targets } from './targets.js';

type Act = (state: TopState, rows: readonly Row[]) => Step<TopState>;

const ACTS: Readonly<Record<string, Act>> = {
  z: (state, rows) => {
    const requests = freezeOrThaw(rows);
    return requests.length > 0
      ? ask(state, requests)
      : { state: say(state, 'warn', 'only what runs can be frozen'), effects: [] };
  },
  s: (state, rows) => askIfMany(state, 'Stop', rows, stopAll(rows.filter(isLive))),
  r: (state, rows) => askIfMany(state, 'Restart', rows, restartAll(rows)),
  d: (state, rows) => open(state, confirm('Remove', rows, removeAll(rows))),
  k: chooseSignal,
  K: chooseSignal,
  L: openLimits,
  p: openPolicies,
  e: (state, rows) => program(state, rows, 'shell'),
  l: (state, rows) => program(state, rows, 'logs'),
};

/** A key that acts on containers; undefined: it is none, or `k` that moves. Pure. */
export function pressAct(state: TopState, key: string): Step<TopState> | undefined {
  const act = key === 'k' && state.settings.vim === true && state.container === undefined ? undefined : ACTS[key];
  if (act === undefined) return undefined;
  const rows = targets(state);
  if (rows.length === 0) return { state: say(state, 'warn', 'there is no container under the cursor'), effects: [] };
  if (state.connection.kind === 'recorded')
    return { state: say(state, 'warn', 'this is recorded time: > until now, then act'), effects: [] };
  return act(state, rows);
}

function askIfMany(state: TopState, verb: string, rows: readonly Row[], requests: readonly ActRequest[]): Step<TopState> {
  if (requests.length === 0) return { state: say(state, 'warn', 'none of them runs'), effects: [] };
  return requests.length === 1 ? ask(state, requests) : open(state, confirm(verb, rows, requests));
}

function confirm(verb: string, rows: readonly Row[], acts: readonly ActRequest[]): ConfirmDialog {
  const title = rows.length === 1 ? `${verb} ${rows[0]!.name}?` : `${verb} ${rows.length} containers?`;
  return { kind: 'confirm', title, lines: rows.map(({ name, status, runtime }) => `${name} (${runtime}, ${status})`), acts };
}

function open(state: TopState, dialog: ConfirmDialog): Step<TopState> {
  return { state: { ...state, dialog }, effects: [] };
}

function chooseSignal(state: TopState, rows: readonly Row[]): Step<TopState> {
  const live = rows.filter(isLive);
  if (live.length === 0) return { state: say(state, 'warn', 'a signal needs something that runs'), effects: [] };
  const title = live.length === 1 ? `Signal for ${live[0]!.name}` : `Signal for ${live.length} containers`;
  const items = SIGNALS.map(({ name, note }) => ({ value: name, label: name, note }));
  const targets = live.map(({ id }) => id);
  return { state: { ...state, dialog: { kind: 'choose', title, items, index: 0, use: 'signal', targets } }, effects: [] };
}

function program(state: TopState, rows: readonly Row[], program: 'shell' | 'logs'): Step<TopState> {
  const row = rows[0]!;
  if (rows.length > 1) return { state: say(state, 'warn', 'one at a time: Esc takes the marks away'), effects: [] };
  if (program === 'shell' && !isLive(row)) return { state: say(state, 'warn', `${row.name} does not run`), effects: [] };
  return { state, effects: [{ kind: 'program', program: { program, ref: row.id, name: row.name } }] };
}
