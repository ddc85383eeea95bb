import type { Tone } from '#src/top/frame.js';

/** How bad a pressure is: percent of time that something (some), or everything (full), waited. */
export function pressureTone(some: number, full: number | undefined): Tone {
  if (some >= 40 || (full ?? 0) >= 10) return 'bad';
  if (some >= 10 || (full ?? 0) >= 1) return 'warn';
  return some >= 0.5 ? 'text' : 'dim';
}
