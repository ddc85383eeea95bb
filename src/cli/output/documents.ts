import type { FlagSpec } from '#src/cli/flags/flag.js';
import { UsageError } from '#src/cli/flags/usage-error.js';

export type Format = 'json' | 'table' | 'yaml';

/** The --format flag of everything that lists. */
export const FORMAT_FLAG = {
  type: 'string',
  value: 'string',
  help: 'json, table or yaml',
  default: 'table',
} as const satisfies FlagSpec;

/** Reads --format; throws UsageError on a word that is not among `known`. Templates are inspect's, ps's and info's. */
export function formatOf<F extends string>(text: string | undefined, known: readonly F[], fallback: F): F {
  if (text === undefined) return fallback;
  const format = known.find((each) => each === text) ?? known.find((each) => each === SYNONYMS[text]);
  if (format !== undefined) return format;
  const hint = text.includes('{{') ? { hint: 'only inspect, ps and info take templates: use --format json with jq' } : {};
  throw new UsageError(`invalid argument ${JSON.stringify(text)} for "--format" flag: want ${known.join(', ')}`, hint);
}

/** What a command prints for people is a table with one, text with another; who asks for either gets what there is. */
const SYNONYMS: Readonly<Record<string, string>> = { table: 'text', text: 'table' };

/** One value as a whole document, with its last newline. */
export async function document(value: unknown, format: 'json' | 'yaml'): Promise<string> {
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  const { stringify } = await import('yaml');
  return stringify(value);
}
