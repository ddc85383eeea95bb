import { configInvalid } from './errors.js';

/** Reads a file of the container's root by its path there, in-root and bounded (rootfs-files.ts); undefined when it is not there. */
export type ReadRootFile = (path: string) => string | undefined;

export interface ResolvedUser {
  uid: number;
  gid: number;
  additionalGids: number[];
  home: string;
}

/**
 * `uid[:gid]` or names, by the root's own /etc/passwd and /etc/group, as Docker does: without a group, the user's own one and
 * those that list him; a number needs no entry. `groups` are added. Throws BODY_INVALID naming `user` or `groups[i]`.
 */
export function resolveUser(user: string, groups: readonly string[], read: ReadRootFile): ResolvedUser {
  const passwd = entries(read('/etc/passwd'), 7);
  const group = entries(read('/etc/group'), 4);
  const [userWord = '', groupWord] = user === '' ? ['0'] : splitOnce(user);
  const number = idOf(userWord);
  const entry = passwd.find(([name, , uid]) => name === userWord || (number !== undefined && idOf(uid) === number));
  const uid = entry === undefined ? number : idOf(entry[2]);
  if (uid === undefined) throw configInvalid('user', `no user ${JSON.stringify(userWord)} in the image's /etc/passwd`);
  const additionalGids = new Set<number>();
  let gid = idOf(entry?.[3]) ?? 0;
  if (groupWord !== undefined) {
    gid = groupId(group, groupWord, 'user');
  } else if (entry !== undefined) {
    for (const [, , id, members] of group) {
      const value = idOf(id);
      if (value !== undefined && value !== gid && (members ?? '').split(',').includes(entry[0] ?? '')) additionalGids.add(value);
    }
  }
  groups.forEach((word, index) => {
    additionalGids.add(groupId(group, word, `groups[${index}]`));
  });
  return { uid, gid, additionalGids: [...additionalGids], home: entry?.[5] || '/' };
}

function groupId(group: readonly string[][], word: string, field: string): number {
  const number = idOf(word);
  const entry = group.find(([name, , gid]) => name === word || (number !== undefined && idOf(gid) === number));
  const gid = entry === undefined ? number : idOf(entry[2]);
  if (gid === undefined) throw configInvalid(field, `no group ${JSON.stringify(word)} in the image's /etc/group`);
  return gid;
}

function splitOnce(text: string): [string, string?] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** A user or group id; 2^32 - 1 means "no change" to the kernel and is none. */
function idOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id < 0xffffffff ? id : undefined;
}

function entries(text: string | undefined, fields: number): string[][] {
  const lines = (text ?? '').split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(':').slice(0, fields));
}
