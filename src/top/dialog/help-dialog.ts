import type { Line } from '#src/top/frame.js';
import { KEYS, type KeyPlace } from '#src/top/keys.js';
import { fitted } from '#src/top/text.js';
import { closed, type DialogKind, stays } from './dialog-kind.js';

/** The keys, as ../keys.ts lists them. */
export interface HelpDialog {
  readonly kind: 'help';
  /** First line shown. */
  readonly top: number;
}

export const PLACES: Readonly<Record<KeyPlace, string>> = {
  everywhere: 'Everywhere',
  overview: 'In the overview',
  acts: 'On the container under the cursor, or on all that are marked',
  container: 'On one container',
};

export const HELP: DialogKind<HelpDialog> = {
  title: () => 'Keys',
  press: (state, dialog, key) => {
    const by = SCROLLS[key];
    return by === undefined
      ? closed(state)
      : stays(state, { ...dialog, top: Math.max(0, Math.min(most(state.size.rows), dialog.top + by)) });
  },
  view: ({ top }, _state, { size, glyphs }) => ({
    lines: helpLines()
      .slice(top, top + size.rows)
      .map(
        ({ keys, text }): Line =>
          keys === undefined
            ? [{ text, tone: 'head' }]
            : [
                { text: ` ${fitted(keys, 24, glyphs)}`, tone: 'accent' },
                { text: fitted(text, Math.max(0, size.columns - 25), glyphs) },
              ],
      ),
  }),
};

const SCROLLS: Readonly<Record<string, number>> = {
  up: -1,
  k: -1,
  down: 1,
  j: 1,
  pageup: -10,
  pagedown: 10,
  'C-u': -10,
  'C-d': 10,
  home: -1000,
  g: -1000,
  end: 1000,
  G: 1000,
};

function most(rows: number): number {
  return Math.max(0, helpLines().length - Math.max(1, rows - 6));
}

function helpLines(): { keys?: string; text: string }[] {
  return (Object.keys(PLACES) as KeyPlace[]).flatMap((place) => {
    const keys = KEYS.filter((each) => each.place === place);
    return keys.length === 0
      ? []
      : [{ text: PLACES[place] }, ...keys.map(({ keys, does }) => ({ keys, text: does })), { text: '' }];
  });
}
