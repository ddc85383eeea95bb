import type { Resource } from './samples.js';

export interface Row {
  name: string;
  resource: Resource;
  wants: number | undefined;
  limit: number;
  /** Now, in the resource's unit; undefined: not known yet. */
  gets: number | undefined;
  /** Over the window. */
  use: number | undefined;
  /** The kernel's counters, or why there are none. */
  says: string;
}

/** A figure with its unit: `0.25 core`, `64.0 MiB`, `4.0 MiB/s`; a dash for none. */
export function figure(resource: Resource, value: number | undefined): string {
  if (value === undefined) return '\u2013';
  if (resource === 'cpu') return `${value.toFixed(2)} core`;
  return `${(value / 1024 / 1024).toFixed(1)} MiB${resource === 'disk' ? '/s' : ''}`;
}

/** The live table, one string a line. */
export function liveTable(rows: readonly Row[]): string[] {
  return columns([
    ['WORKLOAD', 'WANTS', 'LIMIT', 'GETS NOW', 'IN ALL', 'THE KERNEL SAYS'],
    ...rows.map((row) => [
      row.name,
      figure(row.resource, row.wants),
      figure(row.resource, row.limit),
      figure(row.resource, row.gets),
      row.use === undefined ? '\u2013' : `${row.resource === 'memory' ? 'peak' : 'avg'} ${figure(row.resource, row.use)}`,
      row.says,
    ]),
  ]);
}

/** Pads every column to its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
