import { parseDurationUsec } from '#agent/contract/duration.js';
import { UsageError } from './usage-error.js';

/**
 * A point in time as users write it, as RFC 3339: a date or time in ISO 8601 (local when it names no zone), unix seconds, or a
 * duration back from now (`10m`, `1h30m`). Throws UsageError naming the flag.
 */
export function timeOf(flag: string, text: string, nowMs: number): string {
  const ms = millisecondsOf(text.trim(), nowMs);
  if (ms !== undefined && Math.abs(ms) <= 8.64e15) return new Date(ms).toISOString();
  throw new UsageError(
    `invalid argument ${JSON.stringify(text)} for "--${flag}" flag: want a time (2025-01-02T15:04:05Z), unix seconds, or how long ago (10m)`,
  );
}

function millisecondsOf(text: string, nowMs: number): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return validTime(`${text}T00:00:00`);
  if (/^\d{4}-\d\d-\d\d[T ]/.test(text)) return validTime(text.replace(' ', 'T'));
  const usec = parseDurationUsec(text);
  return usec === undefined ? undefined : nowMs - usec / 1000;
}

function validTime(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
