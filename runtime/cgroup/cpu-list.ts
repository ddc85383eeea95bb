const MAX_CPU = 65535;

/**
 * The numbers of a Linux list (`0-2,7`, also `0-10:2/4`: of every 4 the first 2), ascending, none twice. `undefined` where the
 * text is not such a list. The empty string is the empty list. Source: cpuset(7) "List format", kernel lib/bitmap-str.c.
 */
export function parseCpuList(text: string): number[] | undefined {
  const numbers = new Set<number>();
  if (text.trim() === '') return [];
  for (const part of text.trim().split(',')) {
    const match = /^(\d{1,5})(?:-(\d{1,5})(?::(\d{1,5})\/(\d{1,5}))?)?$/.exec(part.trim());
    if (match === null) return undefined;
    const from = Number(match[1]);
    const to = match[2] === undefined ? from : Number(match[2]);
    const used = match[3] === undefined ? 1 : Number(match[3]);
    const group = match[4] === undefined ? 1 : Number(match[4]);
    if (to < from || to > MAX_CPU || used < 1 || used > group) return undefined;
    for (let n = from; n <= to; n++) if ((n - from) % group < used) numbers.add(n);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** The shortest list text the kernel itself would print: `[0,1,2,7]` → `0-2,7`. */
export function formatCpuList(numbers: Iterable<number>): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const n of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === n - 1) last[1] = n;
    else ranges.push([n, n]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}
