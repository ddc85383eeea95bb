import { Type } from 'typebox';
import { DURATION_FORMS, parseDurationUsec } from '#agent/contract/duration.js';
import { AgentError } from '#agent/contract/errors.js';

/** Query values arrive as text; these are the forms the routes take. */
export const Flag = Type.Unsafe<'' | 'true' | 'false' | '1' | '0'>({
  type: 'string',
  enum: ['true', 'false', '1', '0', ''],
  description: '`?name` alone means true.',
});
export const Words = Type.Union([Type.String(), Type.Array(Type.String())], {
  description: 'May be given more than once: any of them.',
});
export const WholeNumber = Type.String({ pattern: '^[0-9]{1,9}$', description: 'A whole number.' });
export const DurationText = Type.String({ description: `${DURATION_FORMS}.` });
export const TimeText = Type.String({ description: 'RFC 3339, unix seconds, or a duration back from now such as 10m.' });

export const RefParams = Type.Object({
  ref: Type.String({
    minLength: 1,
    description: "A container's name, its id, the unambiguous start of its id, or its cgroup's path; also RUNTIME:NAME.",
  }),
});

export function isSet(flag: string | undefined): boolean {
  return flag !== undefined && flag !== 'false' && flag !== '0';
}

export function wordsOf(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).flatMap((one) => one.split(',')).filter((one) => one !== '');
}

/** Milliseconds of a duration. Throws BODY_INVALID naming `field`. */
export function durationMs(value: string | number, field: string): number {
  const usec = parseDurationUsec(value);
  if (usec === undefined)
    throw new AgentError('BODY_INVALID', `${field} must be ${DURATION_FORMS}, not ${JSON.stringify(value)}`, { field });
  return usec / 1000;
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;

/** RFC 3339 of a point in time as users write it. Throws BODY_INVALID naming `field`. */
export function pointInTime(text: string, nowMs: number, field: string): string {
  if (RFC3339.test(text) && !Number.isNaN(Date.parse(text))) return text;
  const atMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : nowMs - (parseDurationUsec(text) ?? Number.NaN) / 1000;
  if (Math.abs(atMs) <= 8.64e15) return new Date(atMs).toISOString();
  throw new AgentError(
    'BODY_INVALID',
    `${field} must be RFC 3339, unix seconds, or a duration such as 10m, not ${JSON.stringify(text)}`,
    {
      field,
    },
  );
}
