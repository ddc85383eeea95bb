/** Names of a signal's least and largest value in rows that are means: figures of their own, where they are not the mean. */
export function leastOf(signal: string): string {
  return `${LEAST}${signal}`;
}

export function largestOf(signal: string): string {
  return `${LARGEST}${signal}`;
}

/** The signal that a figure is of, its extremes too. */
export function signalOf(name: string): string {
  return name.startsWith(LEAST) ? name.slice(LEAST.length) : name.startsWith(LARGEST) ? name.slice(LARGEST.length) : name;
}

const LEAST = '@least ';
const LARGEST = '@largest ';
