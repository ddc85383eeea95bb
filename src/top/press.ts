import { pressAct } from './acts/press-act.js';
import { pressContainer } from './container/screen.js';
import { pressDialog } from './dialog/press-dialog.js';
import type { Step } from './effect.js';
import { arranged } from './overview/arrange.js';
import { pressFilter } from './overview/press-filter.js';
import { pressOverview } from './overview/press-overview.js';
import { say } from './say.js';
import type { TopState } from './state.js';
import { THEMES } from './theme.js';

const only = (state: TopState): Step<TopState> => ({ state, effects: [] });

const EVERYWHERE: Readonly<Record<string, (state: TopState) => Step<TopState>>> = {
  q: (state) => (state.container === undefined ? { state, effects: [{ kind: 'quit' }] } : only(closed(state))),
  h: (state) => only({ ...state, dialog: { kind: 'help', top: 0 } }),
  '?': (state) => only({ ...state, dialog: { kind: 'help', top: 0 } }),
  f1: (state) => only({ ...state, dialog: { kind: 'help', top: 0 } }),
  escape: (state) => only(back(state)),
  space: (state) => only({ ...state, paused: !state.paused }),
  '<': (state) => ({ state, effects: [{ kind: 'step', direction: -1 }] }),
  '>': (state) => ({ state, effects: [{ kind: 'step', direction: 1 }] }),
  '{': (state) => ({ state, effects: [{ kind: 'step', direction: -1, far: true }] }),
  '}': (state) => ({ state, effects: [{ kind: 'step', direction: 1, far: true }] }),
  'C-l': (state) => ({ state, effects: [{ kind: 'refresh' }] }),
  T: nextTheme,
  V: (state) => {
    const settings = { ...state.settings, vim: state.settings.vim !== true };
    const text = settings.vim ? 'vim keys: k moves up, K sends a signal' : 'k sends a signal';
    return { state: say({ ...state, settings }, 'dim', text), effects: [{ kind: 'remember', settings }] };
  },
};

/** A key goes to what is on top: the dialog, the filter, the container, the overview; then it is an act, or means the same everywhere. Pure. */
export function press(state: TopState, key: string): Step<TopState> {
  if (key === 'C-c') return { state, effects: [{ kind: 'quit' }] };
  if (state.dialog !== undefined) return pressDialog(state, state.dialog, key);
  if (state.overview.typing) return only(pressFilter(state, key));
  const { container } = state;
  if (container !== undefined) {
    const step = pressContainer(container, { kind: 'key', key }, state);
    if (step !== undefined) return { state: { ...state, container: step.state }, effects: step.effects };
  }
  const here = container === undefined ? pressOverview(state, key) : undefined;
  return here ?? pressAct(state, key) ?? EVERYWHERE[key]?.(state) ?? only(state);
}

function closed(state: TopState): TopState {
  return { ...state, container: undefined };
}

/** One step back: the container, then the filter, then the marks, then what is said. */
function back(state: TopState): TopState {
  const { overview } = state;
  if (state.container !== undefined) return closed(state);
  if (overview.filter !== '') return arranged({ ...state, overview: { ...overview, filter: '' } });
  if (overview.marked.size > 0) return { ...state, overview: { ...overview, marked: new Set() } };
  return { ...state, notice: undefined, overview: { ...overview, focus: 'table', eventsUp: 0 } };
}

function nextTheme(state: TopState): Step<TopState> {
  const theme = THEMES[(THEMES.indexOf(state.theme) + 1) % THEMES.length]!;
  const settings = { ...state.settings, theme };
  return { state: say({ ...state, theme, settings }, 'dim', `theme: ${theme}`), effects: [{ kind: 'remember', settings }] };
}
