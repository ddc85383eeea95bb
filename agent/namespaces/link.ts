import { NAMESPACE_TYPES, type NamespaceType } from '#agent/contract/namespace-types.js';

export interface NamespaceId {
  type: NamespaceType;
  inode: number;
}

/**
 * What a link of `/proc/PID/ns` or `/proc/PID/fd`, or the root of an nsfs mount, says: `net:[4026531840]`. Undefined for anything else
 * (`socket:[12]`, a type younger than our list). Source: namespaces(7).
 */
export function parseNamespaceLink(link: string): NamespaceId | undefined {
  if (!link.endsWith(']')) return undefined;
  const colon = link.indexOf(':[');
  const type = TYPE_OF.get(link.slice(0, colon));
  if (type === undefined) return undefined;
  const inode = Number(link.slice(colon + 2, -1));
  return Number.isSafeInteger(inode) && inode > 0 ? { type, inode } : undefined;
}

const TYPE_OF = new Map<string, NamespaceType>(NAMESPACE_TYPES.map((type) => [type, type]));
