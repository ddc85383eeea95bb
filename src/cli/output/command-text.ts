import { printable } from './printable.js';
import { shorten } from './table.js';

/** Docker's COMMAND column: quoted, 20 characters at most unless told otherwise. */
export function commandColumn(command: readonly string[], truncate: boolean): string {
  const text = printable(command.map(quoted).join(' '));
  return `"${truncate ? shorten(text, 20) : text}"`;
}

function quoted(word: string): string {
  return word === '' || /[\s'"\\]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word;
}

/** The id as lists show it: 12 characters. */
export function shortId(id: string, truncate = true): string {
  return truncate ? id.slice(0, 12) : id;
}
