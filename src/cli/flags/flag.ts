/** What a flag's text is read as; parse-flags.ts has one reader for each. */
export interface FlagTypes {
  /** Takes no value (only `--flag=false` takes it back). */
  boolean: boolean;
  string: string;
  /** May be given many times; every value is kept in order. */
  list: readonly string[];
  int: number;
  /** A number, or `max` (also written -1 or unlimited). */
  'number-limit': number | 'max';
  /** A number from 0 on, or `max`. */
  'amount-limit': number | 'max';
  /** Bytes, Docker's units. */
  size: number;
  /** Bytes, or `max` (also written -1 or unlimited). */
  'size-limit': number | 'max';
  /** Microseconds, written `100ms`, `30s`, `1m30s` or as bare seconds. */
  duration: number;
  /** Seconds, written as a duration is, or -1 (for ever). */
  timeout: number;
}

/** One flag of a command. The key it has in its table is its long name. */
export interface FlagSpec {
  type: keyof FlagTypes;
  short?: string;
  /** Other long names, not shown in the help's first column. */
  aliases?: readonly string[];
  /** Docker's word for the value in the help: `list`, `bytes`, … Absent for booleans. */
  value?: string;
  help: string;
  /** What a string may be, where it is one of a few words. */
  words?: readonly string[];
  /** Shown in the help; the command applies it itself. */
  default?: string;
  /** The API field it sets, so that an error about the field can name the flag. */
  field?: string;
}

export type FlagTable = Readonly<Record<string, FlagSpec>>;

/** The parsed flags of a table: lists are never absent, everything else is undefined unless given. */
export type FlagValues<T extends FlagTable> = {
  readonly [K in keyof T]: T[K]['type'] extends 'list' ? readonly string[] : FlagTypes[T[K]['type']] | undefined;
};

/** `-m, --memory`, as messages name a flag. */
export function flagLabel(name: string, spec: FlagSpec): string {
  return spec.short === undefined ? `--${name}` : `-${spec.short}, --${name}`;
}
