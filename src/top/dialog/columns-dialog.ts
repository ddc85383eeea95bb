import type { Line, Tone } from '#src/top/frame.js';
import { arranged } from '#src/top/overview/arrange.js';
import { COLUMNS } from '#src/top/overview/columns.js';
import { shownColumns } from '#src/top/overview/layout.js';
import type { TopState } from '#src/top/state.js';
import { fitted } from '#src/top/text.js';
import { type DialogKind, firstShown, stays } from './dialog-kind.js';

/** Which columns are shown, in which order. */
export interface ColumnsDialog {
  readonly kind: 'columns';
  readonly index: number;
  readonly columns: readonly { readonly name: string; readonly shown: boolean }[];
}

/** The columns as they are now. */
export function columnsDialog(state: TopState): ColumnsDialog {
  const shown = shownColumns(state.settings.columns, state.size.columns).map(({ column }) => column.name);
  const hidden = COLUMNS.map(({ name }) => name).filter((name) => !shown.includes(name));
  const columns = [...shown.map((name) => ({ name, shown: true })), ...hidden.map((name) => ({ name, shown: false }))];
  return { kind: 'columns', index: 0, columns };
}

export const COLUMNS_KIND: DialogKind<ColumnsDialog> = {
  title: () => 'Columns',
  press: (state, dialog, key) => {
    const { index, columns } = dialog;
    const last = columns.length - 1;
    switch (key) {
      case 'up':
      case 'k':
        return stays(state, { ...dialog, index: Math.max(0, index - 1) });
      case 'down':
      case 'j':
        return stays(state, { ...dialog, index: Math.min(last, index + 1) });
      case 'space':
      case 'm':
        return stays(state, {
          ...dialog,
          columns: columns.map((each, at) => (at === index ? { ...each, shown: !each.shown } : each)),
        });
      case '-':
      case 'K':
        return stays(state, swapped(dialog, index - 1));
      case '+':
      case 'J':
        return stays(state, swapped(dialog, index + 1));
      case 'x': {
        const { columns: _, ...settings } = state.settings;
        return remembered(state, settings);
      }
      case 'enter': {
        const chosen = columns.filter(({ shown }) => shown).map(({ name }) => name);
        return remembered(state, { ...state.settings, columns: chosen.length === 0 ? ['name'] : chosen });
      }
      default:
        return stays(state, dialog);
    }
  },
  view: ({ columns, index }, _state, { size, glyphs }) => {
    const room = Math.max(1, size.rows - 2);
    const first = firstShown(index, columns.length, room);
    const rows = columns.slice(first, first + room).map(({ name, shown }, at): Line => {
      const column = COLUMNS.find((each) => each.name === name)!;
      const tone: Tone = first + at === index ? 'cursor' : shown ? 'text' : 'dim';
      const text = ` [${shown ? 'x' : ' '}] ${name.padEnd(15)} ${column.help}`;
      return [{ text: fitted(text, size.columns, glyphs), tone }];
    });
    return {
      lines: [
        ...rows,
        [],
        [{ text: 'Space: show or hide   - +: move   Enter: keep   x: those that fit   Esc: leave', tone: 'dim' }],
      ],
    };
  },
};

function swapped(dialog: ColumnsDialog, to: number): ColumnsDialog {
  const { columns, index } = dialog;
  const [one, other] = [columns[index], columns[to]];
  if (one === undefined || other === undefined) return dialog;
  return { ...dialog, index: to, columns: columns.map((each, at) => (at === index ? other : at === to ? one : each)) };
}

function remembered(state: TopState, settings: TopState['settings']) {
  return { state: arranged({ ...state, settings, dialog: undefined }), effects: [{ kind: 'remember' as const, settings }] };
}
