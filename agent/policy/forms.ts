import { Cron } from 'croner';
import { DURATION_FORMS, parseDurationUsec } from '#agent/contract/duration.js';
import { RUNTIMES } from '#agent/contract/runtimes.js';
import { parseReclaim, parseThrottle, RECLAIM_FORMS, THROTTLE_FORMS } from './actions.js';
import { closestWord } from './closest.js';
import { globFault, globMatches } from './glob.js';
import { boundForms, parseBound, SIGNALS } from './signals.js';

/** What is wrong with a value, and what would be right. */
export interface Fault {
  reason: string;
  valid: string;
}

/** The forms that `form` names in the schema of agent/contract/policy.ts. */
export const FORMS: Readonly<Record<string, (value: number | string) => Fault | undefined>> = {
  name: (value) =>
    typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(value)
      ? undefined
      : { reason: `${show(value)} is no name`, valid: 'a letter or digit, then letters, digits and . _ -, at most 63 in all' },
  glob: (value) => {
    const fault = globFault(String(value));
    return fault === undefined
      ? undefined
      : { reason: fault, valid: 'text with * ? [a-z]; \\ before one that is meant literally' };
  },
  cgroup: (value) => {
    const pattern = String(value);
    const fault = FORMS.glob?.(pattern);
    if (fault !== undefined || globMatches(pattern, '/', { path: true })) return fault;
    // Only stars can stand for nothing before the first /.
    if (/^(?:\*|\\?\/)/.test(pattern) && !pattern.endsWith('/')) return undefined;
    return {
      reason: `no cgroup is ${show(pattern)}`,
      valid: 'a path from / on with no / at its end, such as /system.slice/*.service',
    };
  },
  runtime: (value) => {
    const fault = globFault(String(value));
    if (fault === undefined && RUNTIMES.some((runtime) => globMatches(String(value), runtime))) return undefined;
    return { reason: fault ?? `no runtime is ${show(value)}`, valid: suggest(String(value), RUNTIMES) };
  },
  duration: (value) =>
    parseDurationUsec(value) === undefined ? { reason: `${show(value)} is no time`, valid: DURATION_FORMS } : undefined,
  span: (value) =>
    FORMS.duration?.(value) ??
    (parseDurationUsec(value) === 0
      ? { reason: `${show(value)} is no time at all`, valid: `more than 0: ${DURATION_FORMS}` }
      : undefined),
  signal: (value) =>
    Object.hasOwn(SIGNALS, value)
      ? undefined
      : { reason: `no signal is ${show(value)}`, valid: suggest(String(value), Object.keys(SIGNALS)) },
  cron: (value) => {
    try {
      const next = new Cron(String(value), { paused: true, mode: '5-part' }).nextRun(SOME_DAY);
      return next === null ? { reason: `${show(value)} never comes`, valid: 'five fields that name a day there is' } : undefined;
    } catch (error) {
      return {
        reason: `${show(value)}: ${(error as Error).message.replace(/^CronPattern: /, '')}`,
        valid: 'five fields, minute hour day-of-month month day-of-week, such as "0 22 * * 1-5"',
      };
    }
  },
  reclaim: (value) => refused(value, parseReclaim(value)),
  cores: (value) => refused(value, parseThrottle(value)),
  percent: (value) => refused(value, parseBound('percent', value)),
  bytes: (value) => refused(value, parseBound('bytes', value)),
};

/** Whether a pattern ever comes does not depend on when one asks. */
const SOME_DAY = new Date(Date.UTC(2000, 0, 1));

/** Of those forms that a number may have as well as text, in words, for what is neither. */
export const FORM_WORDS: Readonly<Record<string, string>> = {
  duration: DURATION_FORMS,
  span: DURATION_FORMS,
  reclaim: RECLAIM_FORMS,
  cores: THROTTLE_FORMS,
  percent: boundForms('percent'),
  bytes: boundForms('bytes'),
};

function refused(value: number | string, parsed: object): Fault | undefined {
  return 'valid' in parsed ? { reason: `${show(value)} is no amount`, valid: String(parsed.valid) } : undefined;
}

/** The candidates, the one probably meant first. */
export function suggest(word: string, candidates: readonly string[]): string {
  const near = closestWord(word, candidates);
  const all = candidates.length > MAX_SHOWN ? 'docs/policies.md lists them' : `one of ${candidates.join(', ')}`;
  return near === undefined ? all : `did you mean ${near}? ${all}`;
}

const MAX_SHOWN = 24;

/** A value in a message: JSON, cut to 60 characters. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
