import { unlessAbsent } from './proc-files.js';

/** Uid → name of an `/etc/passwd`; of two lines with one uid the first counts, as for getpwuid(3). Source: passwd(5). */
export function parsePasswd(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':');
    if (name === undefined || name === '' || uid === undefined || !/^\d+$/.test(uid)) continue;
    if (!names.has(Number(uid))) names.set(Number(uid), name);
  }
  return names;
}

/** The names of a passwd file read through `read`; none where there is no file, or not ours to read. */
export function userNames(read: () => string): ReadonlyMap<number, string> {
  return parsePasswd(unlessAbsent(read) ?? '');
}
