/** `/proc/PID/status` as key → value, blanks around it cut. Source: proc_pid_status(5). */
export function parseStatus(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) values.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return values;
}

/** Its pid in each pid namespace from ours down. */
export function namespacedPids(status: ReadonlyMap<string, string>): number[] {
  return (status.get('NSpid') ?? '').split('\t').filter(Boolean).map(Number);
}

/** Number `index` of `Uid` or `Gid`: real, effective, saved, filesystem. */
export function idOf(status: ReadonlyMap<string, string>, key: 'Uid' | 'Gid', index: 0 | 1 | 2 | 3 = 1): number {
  return Number(status.get(key)?.split('\t')[index] ?? Number.NaN);
}
