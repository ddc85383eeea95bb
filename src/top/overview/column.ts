import type { Glyphs } from '#src/top/charts/glyphs.js';
import type { Tone } from '#src/top/frame.js';
import type { Row } from '#src/top/rows.js';
import { pressureTone } from './pressure-tone.js';

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

/** What a cell needs beside its row. */
export interface CellContext {
  readonly glyphs: Glyphs;
  /** CPU use in cores, oldest first. */
  readonly spark: readonly number[];
  readonly node: { readonly cpus: number; readonly memoryBytes: number };
}

export interface Column {
  readonly name: string;
  readonly title: string;
  readonly width: number;
  readonly align: 'start' | 'end';
  readonly help: string;
  /** What it is sorted by: numbers with the most first, texts from A on. undefined comes last. */
  key(row: Row, node: CellContext['node']): number | string | undefined;
  /** A text from outside is made safe by whoever draws it. */
  cell(row: Row, context: CellContext): Cell;
}

/** No such figure. */
export const NONE: Cell = { text: '-', tone: 'dim' };

export function text(name: string, title: string, width: number, help: string, of: (row: Row) => string): Column {
  return {
    name,
    title,
    width,
    align: 'start',
    help,
    key: (row) => of(row).toLowerCase(),
    cell: (row) => (of(row) === '' ? NONE : { text: of(row) }),
  };
}

export function number(
  name: string,
  title: string,
  width: number,
  help: string,
  of: (row: Row, node: CellContext['node']) => number | undefined,
  show: (value: number) => string,
  tone: (value: number | undefined) => Tone = () => 'text',
): Column {
  return {
    name,
    title,
    width,
    align: 'end',
    help,
    key: of,
    cell: (row, { node }) => {
      const value = of(row, node);
      return value === undefined ? NONE : { text: show(value), tone: tone(value) };
    },
  };
}

export function pressure(
  name: string,
  title: string,
  help: string,
  some: 'cpuSome' | 'memorySome' | 'ioSome',
  full: 'cpuFull' | 'memoryFull' | 'ioFull',
): Column {
  return {
    name,
    title,
    width: 7,
    align: 'end',
    help,
    key: ({ figures }) => (figures[some] === undefined ? undefined : figures[some] + (figures[full] ?? 0)),
    cell: ({ figures }) => {
      const [partly, wholly] = [figures[some], figures[full]];
      if (partly === undefined) return NONE;
      return {
        text: `${Math.round(partly)}/${wholly === undefined ? '-' : Math.round(wholly)}`,
        tone: pressureTone(partly, wholly),
      };
    },
  };
}

export function share(value: number | undefined, max: number | undefined): number | undefined {
  return value === undefined || max === undefined || max <= 0 ? undefined : (value * 100) / max;
}

export function level(warn: number, bad: number): (value: number | undefined) => Tone {
  return (value) => {
    if (value === undefined || value < warn) return 'text';
    return value < bad ? 'warn' : 'bad';
  };
}
