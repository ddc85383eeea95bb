import { type ActRequest, ask } from '#src/top/acts/request.js';
import type { Line } from '#src/top/frame.js';
import { cut, safe } from '#src/top/text.js';
import { closed, type DialogKind, stays } from './dialog-kind.js';

/** Asks before something that cannot be undone; only `y` does it. */
export interface ConfirmDialog {
  readonly kind: 'confirm';
  readonly title: string;
  readonly lines: readonly string[];
  readonly acts: readonly ActRequest[];
}

export const CONFIRM: DialogKind<ConfirmDialog> = {
  title: ({ title }) => title,
  press: (state, dialog, key) => {
    if (key === 'y' || key === 'Y') return ask({ ...state, dialog: undefined }, dialog.acts);
    return key === 'n' || key === 'N' || key === 'q' ? closed(state) : stays(state, dialog);
  },
  view: ({ lines }, _state, { size, glyphs }) => {
    const room = Math.max(1, size.rows - 2);
    const shown = lines.slice(0, lines.length > room ? room - 1 : room);
    const more = lines.length - shown.length;
    return {
      lines: [
        ...shown.map((text): Line => [{ text: cut(safe(text, glyphs), size.columns, glyphs) }]),
        ...(more > 0 ? [[{ text: `and ${more} more`, tone: 'dim' }] as Line] : []),
        [],
        [{ text: ' y ', tone: 'key' }, { text: ' yes    ' }, { text: ' n ', tone: 'key' }, { text: ' no' }],
      ],
    };
  },
};
