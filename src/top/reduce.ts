import { answered } from './acts/confirm.js';
import { pressContainer } from './container/screen.js';
import { answerDialog } from './dialog/answer-dialog.js';
import { mouseDialog } from './dialog/mouse-dialog.js';
import type { Step } from './effect.js';
import type { Input } from './input.js';
import { arranged } from './overview/arrange.js';
import { mouseOverview } from './overview/mouse-overview.js';
import { press } from './press.js';
import { say } from './say.js';
import type { TopState } from './state.js';
import { tellConnection, tellDetails, tellEvents, tellOverview } from './tell.js';

type Reducers = { readonly [K in Input['kind']]: (state: TopState, input: Extract<Input, { kind: K }>) => Step<TopState> };

const only = (state: TopState): Step<TopState> => ({ state, effects: [] });

const REDUCERS: Reducers = {
  key: (state, { key }) => press(state, key),
  mouse: (state, input) => {
    if (state.dialog !== undefined) return mouseDialog(state, state.dialog, input);
    if (state.container === undefined) return mouseOverview(state, input);
    const step = pressContainer(state.container, input, state);
    return step === undefined ? only(state) : { state: { ...state, container: step.state }, effects: step.effects };
  },
  paste: (state, { text }) => only(pasted(state, text)),
  resize: (state, { size }) => only(arranged({ ...state, size })),
  clock: (state, { nowMs }) => only({ ...state, nowMs }),
  acted: (state, input) => {
    const next = answered(state, input);
    const taken = answerDialog(next, input);
    if (taken !== undefined) return taken;
    // An act that is in nobody's list: a failure is said all the same.
    const unheard = next === state && input.error !== undefined;
    return only(unheard ? say(state, 'bad', `${input.label}: ${input.error.message}`) : next);
  },
  overview: (state, input) => only(tellOverview(state, input)),
  events: (state, input) => only(tellEvents(state, input)),
  details: (state, input) => only(tellDetails(state, input)),
  connection: (state, input) => only(tellConnection(state, input)),
};

/** The next state, and what is to be done for it. The one place where the state changes; pure. */
export function reduce(state: TopState, input: Input): Step<TopState> {
  const reducer = REDUCERS[input.kind] as (state: TopState, input: Input) => Step<TopState>;
  return reducer(state, input);
}

/** Line breaks would press Enter. */
function pasted(state: TopState, text: string): TopState {
  const typing = state.overview.typing || state.dialog?.kind === 'limits';
  if (!typing) return state;
  const keys = [...text.replace(/[\r\n\t]+/g, ' ')].filter((character) => character >= ' ' && character !== '\x7f');
  return keys.reduce((next, key) => press(next, key).state, state);
}
