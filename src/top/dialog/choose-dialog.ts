import { signalAll } from '#src/top/acts/acts.js';
import { ask } from '#src/top/acts/request.js';
import type { Step } from '#src/top/effect.js';
import type { Line, Tone } from '#src/top/frame.js';
import type { TopState } from '#src/top/state.js';
import { cut, fitted, safe } from '#src/top/text.js';
import { answerPolicies, policyChosen } from './choose-policy.js';
import { closed, type DialogKind, firstShown, stays } from './dialog-kind.js';

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly note: string;
}

/** One of a list: a signal, a policy. */
export interface ChooseDialog {
  readonly kind: 'choose';
  readonly title: string;
  readonly items: readonly Choice[];
  readonly index: number;
  /** What is done with the choice, to whom (ids). */
  readonly use: 'signal' | 'policy';
  readonly targets: readonly string[];
  /** The act whose answer it waits for; absent: none. */
  readonly waiting?: string;
}

const CHOSEN: Readonly<Record<ChooseDialog['use'], (state: TopState, dialog: ChooseDialog, item: Choice) => Step<TopState>>> = {
  signal: (state, { targets }, { value }) =>
    ask(
      { ...state, dialog: undefined },
      signalAll(
        targets.flatMap((id) => state.rows.get(id) ?? []),
        value,
      ),
    ),
  policy: policyChosen,
};

const MOVES: Readonly<Record<string, number>> = {
  up: -1,
  k: -1,
  'C-p': -1,
  down: 1,
  j: 1,
  'C-n': 1,
  pageup: -10,
  pagedown: 10,
  home: -1000,
  g: -1000,
  end: 1000,
  G: 1000,
};

export const CHOOSE: DialogKind<ChooseDialog> = {
  title: ({ title }) => title,
  press: (state, dialog, key) => {
    if (key === 'q') return closed(state);
    const item = dialog.items[dialog.index];
    if (key === 'enter')
      return item === undefined || dialog.waiting !== undefined ? stays(state, dialog) : CHOSEN[dialog.use](state, dialog, item);
    const by = MOVES[key] ?? 0;
    return stays(state, { ...dialog, index: Math.max(0, Math.min(dialog.items.length - 1, dialog.index + by)) });
  },
  answer: answerPolicies,
  view: ({ items, index, waiting }, _state, { size, glyphs }) => {
    if (items.length === 0)
      return { lines: [[{ text: waiting === undefined ? 'there is none' : 'asking the agent ...', tone: 'dim' }]] };
    const first = firstShown(index, items.length, size.rows);
    const width = Math.min(28, Math.max(...items.map(({ label }) => label.length)) + 2);
    return {
      lines: items.slice(first, first + size.rows).map(({ label, note }, at): Line => {
        const here = first + at === index;
        const tone = (own: Tone): Tone => (here ? 'cursor' : own);
        return [
          { text: fitted(` ${safe(label, glyphs)}`, width, glyphs), tone: tone('text') },
          {
            text: fitted(cut(safe(note, glyphs), size.columns - width, glyphs), size.columns - width, glyphs),
            tone: tone('dim'),
          },
        ];
      }),
    };
  },
};
