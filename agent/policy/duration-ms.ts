import { parseDurationUsec } from '#agent/contract/duration.js';

/** Milliseconds of a duration that has parsed. */
export function durationMs(value: number | string): number {
  return (parseDurationUsec(value) ?? 0) / 1000;
}
