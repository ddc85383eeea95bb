const UNIT_USEC: Readonly<Record<string, number>> = { us: 1, ms: 1_000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000 };
const PART = /(\d+(?:\.\d+)?)(us|ms|s|m|h)/y;

/**
 * Microseconds of a duration as users write it: a bare number is seconds, else `100ms`, `30s`, `1m30s`, `8h`. `undefined` when it is
 * none (negative, an unknown unit, beyond 2^53 µs).
 */
export function parseDurationUsec(text: number | string): number | undefined {
  const usec = typeof text === 'number' ? text * UNIT_USEC.s! : fromText(text.trim());
  if (usec === undefined || !Number.isFinite(usec) || usec < 0) return undefined;
  const whole = Math.round(usec);
  return Number.isSafeInteger(whole) ? whole : undefined;
}

function fromText(text: string): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * UNIT_USEC.s!;
  let usec = 0;
  let end = 0;
  PART.lastIndex = 0;
  for (let part = PART.exec(text); part !== null; part = PART.exec(text)) {
    usec += Number(part[1]) * UNIT_USEC[part[2]!]!;
    end = PART.lastIndex;
  }
  return end === text.length && end > 0 ? usec : undefined;
}

/** A duration in the largest unit that says it exactly enough: `100ms`, `30s`, `0.5ms`. parseDurationUsec reads it back. */
export function formatDurationUsec(usec: number): string {
  if (usec !== 0 && usec % UNIT_USEC.h! === 0) return `${usec / UNIT_USEC.h!}h`;
  if (usec !== 0 && usec % UNIT_USEC.m! === 0) return `${usec / UNIT_USEC.m!}m`;
  if (usec !== 0 && usec % UNIT_USEC.s! === 0) return `${usec / UNIT_USEC.s!}s`;
  return `${usec / UNIT_USEC.ms!}ms`;
}

/** What parseDurationUsec takes, for messages. */
export const DURATION_FORMS = 'seconds as a number, or with ms s m h, such as 100ms, 30s, 1m30s';
