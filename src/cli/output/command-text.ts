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

/** The id as scripts get it: 12 characters of those whose start is a reference; others' (LXC's, systemd's, a cgroup's path) are whole. */
export function shortId(id: string, truncate = true): string {
  return truncate && /^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id;
}

/** The id as a column of a table: 12 characters of every one. */
export function idColumn(id: string, truncate: boolean): string {
  return truncate ? shorten(shortId(id), 12) : id;
}
