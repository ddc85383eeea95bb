/** Figure and unit stay on one line. */
const SPACE = '\u00a0';
const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `1.5 GiB`; three figures at most before the unit. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < SIZES.length - 1; unit += 1) value /= 1024;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(value >= 10 ? 1 : 2)}${SPACE}${SIZES[unit]}`;
}

/** Of a whole, or of 100 where it is a percentage already. */
/** `45.0 of 48.0 MiB`, the unit once where it is the same. */
export function bytesOfText(bytes: number, whole: number): string {
  const [figure, unit] = bytesText(bytes).split(SPACE);
  const of = bytesText(whole);
  return of.endsWith(`${SPACE}${unit}`) ? `${figure} of ${of}` : `${bytesText(bytes)} of ${of}`;
}

export function percentText(percent: number): string {
  return `${percent >= 10 || percent === 0 ? Math.round(percent) : percent.toFixed(1)}${SPACE}%`;
}

export function coresText(cores: number): string {
  return cores >= 10 ? cores.toFixed(1) : cores.toFixed(2);
}

/** `3 s`, `2 min`: how long ago, in the largest unit that is full. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const)
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${seconds} s`;
}

/** A duration in µs, as latencies have it. */
export function usecText(usec: number): string {
  if (usec < 1000) return `${Math.round(usec)} µs`;
  return usec < 1_000_000 ? `${(usec / 1000).toFixed(1)} ms` : `${(usec / 1_000_000).toFixed(2)} s`;
}

const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Text of others for a page: control and direction characters are shown as what they are, so that a name cannot turn the text around it.
 * Joiners within emoji are shown too: a name is to be told from another that looks alike.
 */
export function plainText(text: string): string {
  return text.replace(CONTROL, (character) => `⟨${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`);
}
