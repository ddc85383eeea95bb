import type { Size } from '#src/top/frame.js';
import type { Column } from './column.js';
import { BY_IMPORTANCE, COLUMNS } from './columns.js';

/** Which rows of the screen are what; 0-based, `rows` may be 0. */
export interface OverviewLayout {
  readonly node: { readonly top: number; readonly rows: number };
  readonly head: number;
  readonly table: { readonly top: number; readonly rows: number };
  readonly events: { readonly top: number; readonly rows: number };
}

/** Cells between two columns. */
const GAP = 1;
/** The marks before a name: cursor and mark. */
export const MARGIN = 2;
const LEAST_TABLE = 3;

/** The room of each part, for a screen of this size whose node has so many CPUs. The first line and the last are not the overview's. Pure. */
export function overviewLayout({ rows, columns }: Size, cpus: number): OverviewLayout {
  const room = Math.max(0, rows - 2);
  const nodeRows = Math.min(nodeLines(columns, cpus), Math.max(0, room - 1 - LEAST_TABLE));
  const left = Math.max(0, room - nodeRows - 1);
  const eventRows = left < LEAST_TABLE + 3 ? 0 : Math.min(Math.max(4, Math.floor(left / 4)), 14, left - LEAST_TABLE);
  const head = 1 + nodeRows;
  const tableRows = left - eventRows;
  return {
    node: { top: 1, rows: nodeRows },
    head,
    table: { top: head + 1, rows: tableRows },
    events: { top: head + 1 + tableRows, rows: eventRows },
  };
}

/** Cells of one CPU: number, bar, percent. */
export const CPU_CELL = 16;
const MOST_CPU_LINES = 4;

/** Lines of the node's part: CPUs side by side, at most four lines of them, then memory and pressure. */
export function nodeLines(columns: number, cpus: number): number {
  return cpuLines(columns, cpus) + 2;
}

export function cpuLines(columns: number, cpus: number): number {
  const aLine = Math.max(1, Math.floor(columns / CPU_CELL));
  return Math.max(1, Math.min(MOST_CPU_LINES, Math.ceil(cpus / aLine)));
}

/** The columns shown: those chosen, or the most important ones that fit, each as wide as drawn; the name gets what is left over. Pure. */
export function shownColumns(chosen: readonly string[] | undefined, width: number): { column: Column; width: number }[] {
  const wanted = chosen === undefined ? fitting(width) : chosen;
  const columns = wanted.flatMap((name) => COLUMNS.find((column) => column.name === name) ?? []);
  const used = columns.reduce((sum, column) => sum + column.width + GAP, MARGIN);
  const spare = Math.max(0, width - used);
  return columns.map((column) => ({
    column,
    width: column.name === 'name' ? column.width + Math.min(spare, MOST_NAME - column.width) : column.width,
  }));
}

const MOST_NAME = 48;

function fitting(width: number): string[] {
  const taken = new Set<string>();
  let used = MARGIN;
  for (const name of BY_IMPORTANCE) {
    const column = COLUMNS.find((each) => each.name === name);
    if (column === undefined || used + column.width + GAP > width) continue;
    taken.add(name);
    used += column.width + GAP;
  }
  return COLUMNS.map(({ name }) => name).filter((name) => taken.has(name));
}
