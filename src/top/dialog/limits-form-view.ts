import type { Line, Look } from '#src/top/frame.js';
import type { TopState } from '#src/top/state.js';
import { cut, displayWidth, fitted, safe } from '#src/top/text.js';
import { firstShown } from './dialog-kind.js';
import { FORM_LIMITS } from './limit-form.js';
import type { LimitsDialog } from './limits-dialog.js';

const LABEL = 14;
const VALUE = 18;
/** Lines for what is wrong, or would be written. */
const LEAST_BELOW = 4;

/** The form, what is wrong with it or what the kernel would get, and what Enter does. Pure. */
export function viewLimitsForm(
  dialog: LimitsDialog,
  state: TopState,
  { size, glyphs }: Look,
): { lines: Line[]; caret?: { row: number; column: number } } {
  const { fields, index, caret, status, refusal } = dialog;
  const names = dialog.targets.flatMap((id) => state.rows.get(id)?.name ?? []);
  const head: Line = [{ text: cut(safe(names.join(', '), glyphs), size.columns, glyphs), tone: 'title' }];
  if (status === 'loading') return { lines: [head, [{ text: 'asking the agent ...', tone: 'dim' }]] };
  // What would be written has room on a small screen too: there only the fields around the cursor are shown.
  const shown = Math.max(1, Math.min(fields.length, size.rows - 3 - LEAST_BELOW));
  const first = firstShown(index, fields.length, shown);
  const form = fields.slice(first, first + shown).map(({ field, before, text }, row): Line => {
    const at = first + row;
    const wrong = refusal?.field === field;
    const here = at === index;
    const hint = text === before ? FORM_LIMITS[at]!.hint : `was ${before === '' ? 'not set' : before}`;
    return [
      { text: fitted(field, LABEL, glyphs), tone: wrong ? 'bad' : here ? 'accent' : 'text' },
      { text: fitted(` ${safe(text, glyphs)}`, VALUE, glyphs), tone: here ? 'cursor' : text === before ? 'text' : 'warn' },
      { text: `  ${cut(hint, Math.max(0, size.columns - LABEL - VALUE - 2), glyphs)}`, tone: 'dim' },
    ];
  });
  const room = { columns: size.columns, rows: Math.max(1, size.rows - form.length - 3) };
  const runs = dialog.targets
    .slice(0, 1)
    .some((id) => state.rows.get(id)?.status === 'running' || state.rows.get(id)?.status === 'frozen');
  const below = belowForm(dialog, runs, { size: room, glyphs });
  const typed = displayWidth(safe([...(fields[index]?.text ?? '')].slice(0, caret).join(''), glyphs));
  const lines: Line[] = [head, ...form, [], ...below, [{ text: cut(HINTS[status], size.columns, glyphs), tone: 'dim' }]];
  const column = LABEL + 1 + typed;
  return status === 'editing' || status === 'checked' ? { lines, caret: { row: 1 + index - first, column } } : { lines };
}

const HINTS: Readonly<Record<LimitsDialog['status'], string>> = {
  loading: '',
  editing: 'Enter: see what would be written   Esc: leave, nothing is changed',
  checking: 'asking what would be written ...',
  checked: 'Enter: write it   Esc: leave, nothing is changed',
  writing: 'writing ...',
};

function belowForm({ refusal, plan }: LimitsDialog, runs: boolean, { size: { columns, rows }, glyphs }: Look): Line[] {
  if (refusal !== undefined) {
    const text = safe(`${refusal.field === undefined ? '' : `${refusal.field}: `}${refusal.message}`, glyphs);
    return wrapped(`refused: ${text}`, columns)
      .slice(0, rows)
      .map((line): Line => [{ text: line, tone: 'bad' }]);
  }
  if (plan === undefined) return [];
  const none = runs ? 'nothing has to be written: the kernel says so already' : 'it does not run: written at its next start';
  const head = plan.writes.length === 0 ? none : 'the kernel gets:';
  const arrow = { unicode: '→', ascii: '->' }[glyphs];
  const writes = plan.writes.map(({ file, before, value }): Line => {
    const change = ` ${before === null ? '' : `${short(before)} ${arrow} `}${short(value)}`;
    const path = shortPath(safe(file, glyphs), Math.max(8, columns - displayWidth(change)), glyphs);
    return [{ text: path }, { text: safe(change, glyphs), tone: 'accent' }];
  });
  const conditions = plan.conditions.flatMap(({ field, message }) =>
    wrapped(safe(`${field ?? ''}: ${message}`, glyphs), columns),
  );
  const all: Line[] = [[{ text: head, tone: 'head' }], ...writes, ...conditions.map((text): Line => [{ text, tone: 'warn' }])];
  return all.length <= rows
    ? all
    : [...all.slice(0, rows - 1), [{ text: `and ${all.length - rows + 1} more lines`, tone: 'dim' }]];
}

/** A path of at most so many columns: what is left out is in its middle, where the id stands. */
export function shortPath(path: string, columns: number, glyphs: Look['glyphs']): string {
  if (displayWidth(path) <= columns) return path;
  const file = path.slice(path.lastIndexOf('/'));
  return `${cut(path, Math.max(1, columns - displayWidth(file)), glyphs)}${file}`;
}

function short(value: string): string {
  const line = value.trim().replaceAll('\n', ' ');
  return line === '' ? '""' : line;
}

/** Words in lines of at most so many columns. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
