/** Binary multiples, Docker's meaning: `k`, `kb` and `KiB` are all 1024 (docker/go-units RAMInBytes). */
const POWERS: Readonly<Record<string, number>> = { '': 0, b: 0, k: 1, m: 2, g: 3, t: 4, p: 5 };
const SIZE = /^(\d+(?:\.\d+)?)\s*(?:([kmgtp])?(?:i?b)?)$/i;

/**
 * Bytes of a size as users write it: a number, `512`, `64m`, `1.5g`, `64MiB`. `undefined` when it is none (negative, not finite, an
 * unknown unit, beyond 2^53). Fractions of a byte are dropped.
 */
export function parseSize(text: number | string): number | undefined {
  const bytes = typeof text === 'number' ? text : fromText(text.trim());
  if (bytes === undefined || !Number.isFinite(bytes) || bytes < 0) return undefined;
  const whole = Math.floor(bytes);
  return Number.isSafeInteger(whole) ? whole : undefined;
}

function fromText(text: string): number | undefined {
  const match = SIZE.exec(text);
  if (match === null) return undefined;
  const power = POWERS[(match[2] ?? '').toLowerCase()];
  return power === undefined ? undefined : Number(match[1]) * 1024 ** power;
}

/** What parseSize takes, for messages. */
export const SIZE_FORMS = 'bytes as a number, or with k m g t or KiB MiB GiB TiB (k = 1024)';
