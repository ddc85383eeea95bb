import { type ParseArgsConfig, parseArgs } from 'node:util';
import { DURATION_FORMS, parseDurationUsec } from '#agent/contract/duration.js';
import { parseSize, SIZE_FORMS } from '#agent/contract/size.js';
import { closest } from './closest.js';
import { type FlagSpec, type FlagTable, type FlagTypes, type FlagValues, flagLabel } from './flag.js';
import { UsageError } from './usage-error.js';

export interface ParsedFlags<T extends FlagTable> {
  flags: FlagValues<T>;
  positionals: string[];
}

/**
 * Reads flags as Docker's command line does: `-it`, `-m64m`, `-m 64m`, `--memory=64m`; a flag that takes a value takes the next word
 * whatever it looks like. With `stopAtPositional` flags end at the first word that is none, and all from there on is handed back as
 * it is. Throws UsageError on an unknown flag, a missing or an unreadable value.
 */
export function parseFlags<T extends FlagTable>(
  table: T,
  args: readonly string[],
  options: { stopAtPositional: boolean },
): ParsedFlags<T> {
  const names = longNames(table);
  const tokens = tokenize(table, names, args);
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(table)) if (spec.type === 'list') values[name] = [];
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional' && options.stopAtPositional) {
      positionals.push(...args.slice(token.index));
      break;
    }
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const name = names.get(token.name);
    const spec = name === undefined ? undefined : table[name];
    if (name === undefined || spec === undefined) throw unknownFlag(token.rawName, names);
    const value = readValue(name, spec, token.value);
    if (spec.type === 'list') (values[name] as string[]).push(value as string);
    else values[name] = value;
  }
  return { flags: values as FlagValues<T>, positionals };
}

type Token = NonNullable<ReturnType<typeof parseArgs<ParseArgsConfig & { tokens: true }>>['tokens']>[number];

function tokenize(table: FlagTable, names: Map<string, string>, args: readonly string[]): Token[] {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [spelling, name] of names) {
    const spec = table[name];
    if (spec === undefined) continue;
    const type = spec.type === 'boolean' ? 'boolean' : 'string';
    options[spelling] = spelling === name && spec.short !== undefined ? { type, short: spec.short } : { type };
  }
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

/** Every spelling of a long flag → the name in the table. */
function longNames(table: FlagTable): Map<string, string> {
  const names = new Map<string, string>();
  for (const [name, spec] of Object.entries(table)) {
    for (const spelling of [name, ...(spec.aliases ?? [])]) names.set(spelling, name);
  }
  return names;
}

function unknownFlag(rawName: string, names: Map<string, string>): UsageError {
  if (!rawName.startsWith('--')) return new UsageError(`unknown shorthand flag: '${rawName.slice(1)}'`);
  const near = closest(rawName.slice(2), [...names.keys()]);
  return new UsageError(`unknown flag: ${rawName}`, near === undefined ? {} : { hint: `did you mean --${near}?` });
}

function readValue(name: string, spec: FlagSpec, text: string | undefined): unknown {
  if (spec.type === 'boolean') return readBoolean(name, spec, text);
  if (text === undefined) {
    const help = spec.short === 'h' ? { hint: 'use --help for help' } : {};
    throw new UsageError(`flag needs an argument: ${flagLabel(name, spec)}`, help);
  }
  const wanted = wantedOf(spec, text);
  if (wanted !== undefined)
    throw new UsageError(`invalid argument ${JSON.stringify(text)} for "${flagLabel(name, spec)}" flag: want ${wanted}`);
  return READERS[spec.type].read(text);
}

/** What would be valid, when this is not a value for a flag that takes one; undefined: it is. */
export function wantedOf({ type, words }: FlagSpec, text: string): string | undefined {
  if (type === 'boolean') return text === 'true' || text === 'false' ? undefined : 'true or false';
  if (words !== undefined) return words.includes(text) ? undefined : words.join(' or ');
  return READERS[type].read(text) === undefined ? READERS[type].wants : undefined;
}

/** What Docker's command line takes: Go's strconv.ParseBool. */
const YES = new Set(['true', 'TRUE', 'True', 't', 'T', '1']);
const NO = new Set(['false', 'FALSE', 'False', 'f', 'F', '0']);

function readBoolean(name: string, spec: FlagSpec, text: string | undefined): boolean {
  if (text === undefined || YES.has(text)) return true;
  if (NO.has(text)) return false;
  throw new UsageError(
    `invalid argument ${JSON.stringify(text)} for "${flagLabel(name, spec)}" flag: it takes no value but true or false`,
  );
}

type Readers = {
  [K in Exclude<keyof FlagTypes, 'boolean'>]: {
    wants: string;
    read(text: string): (K extends 'list' ? string : FlagTypes[K]) | undefined;
  };
};

const UNLIMITED = new Set(['max', '-1', 'unlimited']);

const READERS: Readers = {
  string: { wants: 'text', read: (text) => text },
  list: { wants: 'text', read: (text) => text },
  int: { wants: 'a whole number', read: integer },
  'number-limit': {
    wants: 'a number, or max for no limit',
    read: (text) => (UNLIMITED.has(text) ? 'max' : decimal(text)),
  },
  'amount-limit': {
    wants: 'a number from 0 on; 0 or max for no limit',
    read: (text) => (text === 'max' || text === 'unlimited' ? 'max' : decimal(text)),
  },
  size: { wants: SIZE_FORMS, read: parseSize },
  'size-limit': {
    wants: `${SIZE_FORMS}, or max for no limit`,
    read: (text) => (UNLIMITED.has(text) ? 'max' : parseSize(text)),
  },
  duration: { wants: DURATION_FORMS, read: parseDurationUsec },
  timeout: { wants: `${DURATION_FORMS}; or -1 for ever`, read: (text) => (text === '-1' ? -1 : seconds(text)) },
};

function seconds(text: string): number | undefined {
  const usec = parseDurationUsec(text);
  return usec === undefined ? undefined : usec / 1_000_000;
}

/** None that would be rounded: what is not asked must not be done. */
function integer(text: string): number | undefined {
  const value = Number(text);
  return /^[-+]?\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

/** JSON has no infinity: it would arrive as null. */
function decimal(text: string): number | undefined {
  const value = Number(text);
  return /^(\d+\.?\d*|\.\d+)$/.test(text) && Number.isFinite(value) ? value : undefined;
}
