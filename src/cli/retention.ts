import { DURATION_FORMS, parseDurationUsec } from '#agent/contract/duration.js';
import { parseSize, SIZE_FORMS } from '#agent/contract/size.js';
import type { FlagTable, FlagValues } from './flags/flag.js';
import { UsageError } from './flags/usage-error.js';

/** How long, and how much, of what the agent keeps. */
export const RETENTION_FLAGS = {
  'journal-age': {
    type: 'duration',
    value: 'duration',
    help: 'Acts and deaths are kept this long; also TSGOV_JOURNAL_AGE',
    default: '720h',
  },
  'journal-size': { type: 'size', value: 'bytes', help: 'And at most so much of them; also TSGOV_JOURNAL_SIZE', default: '256m' },
  'history-age': {
    type: 'duration',
    value: 'duration',
    help: 'What containers used is kept this long; also TSGOV_HISTORY_AGE',
    default: '720h',
  },
  'history-size': { type: 'size', value: 'bytes', help: 'And at most so much of it; also TSGOV_HISTORY_SIZE', default: '1g' },
} as const satisfies FlagTable;

interface Kept {
  maxAgeMs?: number;
  maxBytes?: number;
}

/** What flags, or else the environment, say; what they do not say is the agent's to choose. Throws UsageError. */
export function retentionOf(flags: FlagValues<typeof RETENTION_FLAGS>, env: NodeJS.ProcessEnv): { journal: Kept; history: Kept } {
  const kept = (what: 'journal' | 'history'): Kept => {
    const age = flags[`${what}-age`] ?? fromEnv(env, `TSGOV_${what.toUpperCase()}_AGE`, parseDurationUsec, DURATION_FORMS);
    const bytes = flags[`${what}-size`] ?? fromEnv(env, `TSGOV_${what.toUpperCase()}_SIZE`, parseSize, SIZE_FORMS);
    if (age !== undefined && age < LEAST_AGE_USEC) throw new UsageError(`--${what}-age: less than a minute`);
    if (bytes !== undefined && bytes < LEAST_BYTES) throw new UsageError(`--${what}-size: less than 1 MiB`);
    return {
      ...(age === undefined ? {} : { maxAgeMs: age / 1000 }),
      ...(bytes === undefined ? {} : { maxBytes: bytes }),
    };
  };
  return { journal: kept('journal'), history: kept('history') };
}

const LEAST_AGE_USEC = 60_000_000;
const LEAST_BYTES = 1 << 20;

function fromEnv(
  env: NodeJS.ProcessEnv,
  name: string,
  parse: (text: string) => number | undefined,
  forms: string,
): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = parse(text);
  if (value === undefined) throw new UsageError(`${name}: ${JSON.stringify(text)}: ${forms}`);
  return value;
}
