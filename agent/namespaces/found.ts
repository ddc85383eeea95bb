import type { NamespaceHolder } from '#agent/contract/namespaces.js';
import { type NamespaceId, parseNamespaceLink } from './link.js';

/** What was found of one namespace. */
export interface FoundNamespace extends NamespaceId {
  /** Ascending. */
  pids: number[];
  holders: NamespaceHolder[];
  parent?: number;
  userNamespace?: number;
  ownerUid?: number;
}

/** Namespaces by inode: one number space for all types (proc_alloc_inum of the kernel). */
export class FoundNamespaces {
  readonly byInode = new Map<number, FoundNamespace>();
  readonly #byLink = new Map<string, FoundNamespace>();

  /** The entry of a namespace, made when it is new. */
  at({ type, inode }: NamespaceId): FoundNamespace {
    let found = this.byInode.get(inode);
    if (found === undefined) {
      found = { type, inode, pids: [], holders: [] };
      this.byInode.set(inode, found);
    }
    return found;
  }

  /** The entry of the namespace a link leads to; undefined when it leads to something else. A link is parsed once: there are ten a process. */
  atLink(link: string): FoundNamespace | undefined {
    const known = this.#byLink.get(link);
    if (known !== undefined) return known;
    const id = parseNamespaceLink(link);
    if (id === undefined) return undefined;
    const found = this.at(id);
    this.#byLink.set(link, found);
    return found;
  }
}
