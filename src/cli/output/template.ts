import { UsageError } from '#src/cli/flags/usage-error.js';
import { printable } from './printable.js';
import { table } from './table.js';

/** Draws a list of values as a template says: a line each. */
export type Template = (values: readonly unknown[]) => string;

type Piece = string | { field: string; draw(value: unknown): string };

/**
 * `--format` with Docker's templates, as far as they name fields: `{{.State.Status}}`, `{{json .Limits}}`, `{{index .Labels "a"}}`,
 * `table {{.ID}}\t{{.Names}}`. Fields are those of `--format json`; capitals do not matter, and `Names` is `name`. Undefined when the text
 * is no template. Throws UsageError, with what is taken, on whatever else Go's templates have, and on a field there is not.
 */
export function templateOf(text: string | undefined): Template | undefined {
  if (text === undefined || !text.includes('{{')) return undefined;
  const tabled = /^table\s+/.exec(text)?.[0] ?? '';
  const body = text.slice(tabled.length).replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  const columns = body.split('\t').map(piecesOf);
  const rows = (values: readonly unknown[]) => values.map((value) => columns.map((pieces) => drawn(pieces, value)));
  if (tabled === '')
    return (values) =>
      rows(values)
        .map((cells) => `${cells.join('\t')}\n`)
        .join('');
  return (values) => table(columns.map(headerOf), rows(values));
}

const ACTION = /\{\{-?\s*(.*?)\s*-?\}\}/gs;

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(ACTION)) {
    pieces.push(text.slice(from, match.index), action(match[1]!));
    from = match.index + match[0].length;
  }
  return [...pieces, text.slice(from)];
}

const PATH = String.raw`\.(?:[A-Za-z]\w*(?:\.[A-Za-z]\w*)*)?`;
const FUNCTIONS: Readonly<Record<string, (value: unknown) => string>> = {
  json: (value) => JSON.stringify(value ?? null),
  upper: (value) => plain(value).toUpperCase(),
  lower: (value) => plain(value).toLowerCase(),
  println: (value) => `${plain(value)}\n`,
  len: (value) => String(typeof value === 'object' && value !== null ? Object.keys(value).length : plain(value).length),
};
const SIMPLE = new RegExp(`^(?:(${Object.keys(FUNCTIONS).join('|')})\\s+)?(${PATH})$`);
const INDEX = new RegExp(`^index\\s+(${PATH})\\s+"([^"]*)"$`);

function action(text: string): Exclude<Piece, string> {
  const index = INDEX.exec(text);
  if (index !== null) return { field: index[2]!, draw: (value) => plain(entryOf(at(value, index[1]!), index[2]!)) };
  const simple = SIMPLE.exec(text);
  if (simple === null)
    throw new UsageError(`--format: {{${text}}} is more than is known of Go's templates`, {
      hint: `take {{.Field}}, {{.Field.Field}}, {{index .Field "key"}} or ${Object.keys(FUNCTIONS).join(', ')} before a field; or --format json with jq`,
    });
  const [, name, path = '.'] = simple;
  const draw = name === undefined ? plain : FUNCTIONS[name]!;
  return { field: path.slice(path.lastIndexOf('.') + 1), draw: (value) => draw(at(value, path)) };
}

function entryOf(map: unknown, key: string): unknown {
  const has = typeof map === 'object' && map !== null && Object.hasOwn(map, key);
  return has ? (map as Record<string, unknown>)[key] : undefined;
}

function drawn(pieces: readonly Piece[], value: unknown): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : piece.draw(value))).join('');
}

/** What is no name of a field of ours in Docker's mouth → ours. */
const OTHER_NAMES: Readonly<Record<string, string>> = { names: 'name', created: 'createdat', pids: 'pid' };

/** Docker has these beside the status; here they are what the status says. */
const STATUS_FLAGS: Readonly<Record<string, readonly string[]>> = {
  running: ['running', 'frozen'],
  paused: ['frozen'],
  dead: ['dead'],
};

function at(value: unknown, path: string): unknown {
  let here: unknown = value;
  for (const [depth, name] of path.split('.').filter(Boolean).entries()) {
    if (typeof here !== 'object' || here === null) return undefined;
    const wanted = name.toLowerCase();
    const keys = Object.keys(here);
    const key =
      keys.find((each) => each === name) ??
      keys.find((each) => each.toLowerCase() === wanted) ??
      keys.find((each) => each.toLowerCase() === OTHER_NAMES[wanted]);
    const { status } = here as { status?: string };
    if (key === undefined && status !== undefined && Object.hasOwn(STATUS_FLAGS, wanted))
      return STATUS_FLAGS[wanted]!.includes(status);
    if (key === undefined && depth === 0)
      throw new UsageError(`--format: there is no field .${name}`, { hint: `there is ${keys.join(', ')}` });
    here = key === undefined ? undefined : (here as Record<string, unknown>)[key];
  }
  return here;
}

/** As Go prints values. */
function plain(value: unknown): string {
  if (value === undefined) return '<no value>';
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(plain).join(' ')}]`;
  if (typeof value !== 'object') return printable(String(value));
  const entries = Object.entries(value).map(([key, each]) => `${printable(key)}:${plain(each)}`);
  return `map[${entries.join(' ')}]`;
}

function headerOf(pieces: readonly Piece[]): string {
  const field = pieces.find((piece) => typeof piece !== 'string')?.field ?? '';
  return field.toUpperCase() === 'ID' ? 'CONTAINER ID' : field.toUpperCase();
}
