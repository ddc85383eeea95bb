import type { Row } from '#src/top/rows.js';
import type { CellContext } from './column.js';
import { COLUMNS } from './columns.js';

export interface Wanted {
  readonly filter: string;
  readonly sort: { readonly column: string; readonly reverse: boolean };
}

/** Ids of the rows that pass the filter, sorted; equal ones by name, and those without a value last. Pure. */
export function orderRows(rows: Iterable<Row>, wanted: Wanted, node: CellContext['node']): string[] {
  const column = COLUMNS.find(({ name }) => name === wanted.sort.column) ?? COLUMNS[0]!;
  const matches = rowFilter(wanted.filter);
  const keyed = [...rows].filter(matches).map((row) => ({ row, key: column.key(row, node) }));
  const sign = wanted.sort.reverse ? -1 : 1;
  keyed.sort((a, b) => {
    if (a.key === undefined || b.key === undefined) {
      if (a.key === b.key) return byName(a.row, b.row);
      return a.key === undefined ? 1 : -1;
    }
    return sign * compare(a.key, b.key) || byName(a.row, b.row);
  });
  return keyed.map(({ row }) => row.id);
}

/** Numbers with the most first, texts from A on. */
function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return b - a;
  return a < b ? -1 : Number(a > b);
}

function byName(a: Row, b: Row): number {
  return compare(a.name, b.name) || compare(a.id, b.id);
}

/** Words that must all be found in name, image, runtime, state, policies or id; `!word`: must not. */
export function rowFilter(filter: string): (row: Row) => boolean {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '' && word !== '!');
  if (words.length === 0) return () => true;
  return (row) => {
    const text = [row.name, row.image, row.runtime, row.status, row.id, ...row.policies].join('\n').toLowerCase();
    return words.every((word) => (word.startsWith('!') ? !text.includes(word.slice(1)) : text.includes(word)));
  };
}
