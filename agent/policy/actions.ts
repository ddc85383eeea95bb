import { parseSize, SIZE_FORMS } from '#agent/contract/size.js';

/** The acts a rule may do, mildest first; the closed vocabulary of `do`. Their arguments are in agent/contract/policy.ts. */
export const ACTIONS = ['notify', 'reclaim', 'set', 'throttle', 'freeze', 'thaw', 'terminate', 'kill'] as const;

/** Limits `set` may change: to a value, or by a share of what they are. */
export const SETTABLE = [
  'cpu.max',
  'cpu.weight',
  'memory.max',
  'memory.high',
  'memory.low',
  'memory.min',
  'memory.swap',
  'io.weight',
  'pids.max',
] as const;

/** `+10%` or `-10%` as a factor (1.1, 0.9); undefined when it is not of that form. */
export function parseRelative(value: number | string): number | undefined {
  const match = typeof value === 'string' ? /^([+-])(\d{1,4}(?:\.\d+)?)\s*%$/.exec(value.trim()) : null;
  if (match === null) return undefined;
  const share = Number(match[2]) / 100;
  return match[1] === '-' ? (share < 1 ? 1 - share : undefined) : 1 + share;
}

/** What `reclaim` takes: a share of what is in use, or bytes. `valid` when it is neither. */
export function parseReclaim(value: number | string): { share: number } | { bytes: number } | { valid: string } {
  const percent = typeof value === 'string' ? /^(\d{1,3}(?:\.\d+)?)\s*%$/.exec(value.trim()) : null;
  if (percent !== null) {
    const share = Number(percent[1]) / 100;
    return share > 0 && share <= 1 ? { share } : { valid: RECLAIM_FORMS };
  }
  const bytes = parseSize(value);
  return bytes === undefined || bytes === 0 ? { valid: RECLAIM_FORMS } : { bytes };
}

/** What `throttle.cpu` takes: cores, or a share of what it uses. */
export function parseThrottle(value: number | string): { share: number } | { cores: number } | { valid: string } {
  const percent = typeof value === 'string' ? /^(\d{1,3}(?:\.\d+)?)\s*%$/.exec(value.trim()) : null;
  const share = percent === null ? undefined : Number(percent[1]) / 100;
  if (share !== undefined) return share > 0 && share <= 1 ? { share } : { valid: THROTTLE_FORMS };
  const cores = typeof value === 'number' ? value : /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : 0;
  return cores > 0 && Number.isFinite(cores) ? { cores } : { valid: THROTTLE_FORMS };
}

export const RECLAIM_FORMS = `1% to 100% of what it uses, or ${SIZE_FORMS}`;
export const THROTTLE_FORMS = 'cores as a number above 0, or 1% to 100% of what it uses';
