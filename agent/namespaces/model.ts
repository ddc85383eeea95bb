import { NAMESPACE_TYPES } from '#agent/contract/namespace-types.js';
import type { ContainerName, NamespaceView } from '#agent/contract/namespaces.js';
import type { FoundNamespace } from './found.js';

/** What the view of a namespace is made of beside what was found of it. */
export interface NamespaceFacts {
  /** Inodes of the node's own. */
  host: ReadonlySet<number>;
  containerOf(pid: number): ContainerName | undefined;
  oldest(namespace: FoundNamespace): NamespaceView['oldest'];
}

/** Namespaces as the API shows them, by type and inode. Pure. */
export function namespaceViews(found: Iterable<FoundNamespace>, facts: NamespaceFacts): NamespaceView[] {
  return [...found].map((each) => view(each, facts)).sort(byTypeAndInode);
}

function view(found: FoundNamespace, { host, containerOf, oldest }: NamespaceFacts): NamespaceView {
  const isHost = host.has(found.inode);
  const first = oldest(found);
  return {
    inode: found.inode,
    type: found.type,
    processes: found.pids.length,
    oldest: first,
    host: isHost,
    container: (isHost || first === null ? undefined : containerOf(first.pid)) ?? null,
    containers: distinct(found.pids.map(containerOf)),
    parent: found.parent ?? null,
    userNamespace: found.userNamespace ?? null,
    ownerUid: found.ownerUid ?? null,
    holders: found.holders,
  };
}

function distinct(containers: readonly (ContainerName | undefined)[]): ContainerName[] {
  const byId = new Map<string, ContainerName>();
  for (const each of containers) if (each !== undefined) byId.set(each.id, each);
  return [...byId.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function byTypeAndInode(a: NamespaceView, b: NamespaceView): number {
  return NAMESPACE_TYPES.indexOf(a.type) - NAMESPACE_TYPES.indexOf(b.type) || a.inode - b.inode;
}
