/**
 * An id of our user namespace as another one has it, by the lines of that one's `uid_map` as we read it (inside, outside, count).
 * Undefined: not mapped there. Source: user_namespaces(7).
 */
export function insideId(map: string, outside: number): number | undefined {
  for (const line of map.split('\n')) {
    const [first, lower, count] = line.trim().split(/\s+/).map(Number);
    if (first === undefined || lower === undefined || count === undefined) continue;
    if (outside >= lower && outside < lower + count) return first + outside - lower;
  }
  return undefined;
}
