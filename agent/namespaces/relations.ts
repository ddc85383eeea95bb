import type { NamespaceType } from '#agent/contract/namespace-types.js';
import type { Pause } from '#agent/processes/pause.js';
import type { Fd } from '#native/fd.js';
import type { Nsfs } from '#native/nsfs.js';
import type { FoundNamespace, FoundNamespaces } from './found.js';
import { openNamespace } from './open-namespace.js';

/**
 * Adds parents, owning user namespaces and their owners, and with them the namespaces that nothing but a child keeps alive. What
 * vanished meanwhile stays without. Source: ioctl_ns(2).
 */
export async function addRelations(input: {
  procRoot: string;
  nsfs: Nsfs;
  found: FoundNamespaces;
  /** Inodes of the node's own. */
  host: ReadonlySet<number>;
  pause: Pause;
}): Promise<void> {
  const { procRoot, nsfs, found, pause } = input;
  const done = new Set<number>();
  const mountPids = hostMountPids(found, input.host);
  for (const namespace of [...found.byInode.values()]) {
    if (!done.has(namespace.inode)) {
      using fd = openNamespace(procRoot, namespace, mountPids);
      if (fd !== undefined) relate(namespace, fd, { nsfs, found, done });
    }
    const waiting = pause();
    if (waiting !== undefined) await waiting;
  }
}

/**
 * Only what the node itself has mounted is opened through its mount: a path in a container's mount namespace may lead through a
 * filesystem (FUSE) whose server never answers.
 */
function hostMountPids(found: FoundNamespaces, host: ReadonlySet<number>): Set<number> {
  const own = [...found.byInode.values()].filter(({ type, inode }) => type === 'mnt' && host.has(inode));
  return new Set(own.flatMap(({ pids }) => pids));
}

interface Walk {
  nsfs: Nsfs;
  found: FoundNamespaces;
  done: Set<number>;
}

function relate(namespace: FoundNamespace, fd: Fd, walk: Walk): void {
  walk.done.add(namespace.inode);
  const { nsfs } = walk;
  if (namespace.type === 'user') namespace.ownerUid = nsfs.ownerUid(fd);
  if (namespace.type === 'user' || namespace.type === 'pid') {
    using parent = nsfs.parent(fd);
    if (parent !== undefined) namespace.parent = visit(parent, namespace.type, walk);
  }
  if (namespace.type === 'user') {
    // The owner of a user namespace is its parent: one call fewer.
    if (namespace.parent !== undefined) namespace.userNamespace = namespace.parent;
    return;
  }
  using owner = nsfs.userNamespace(fd);
  if (owner !== undefined) namespace.userNamespace = visit(owner, 'user', walk);
}

/** The inode of a namespace that another one led to, after its own relations are known. */
function visit(fd: Fd, type: NamespaceType, walk: Walk): number {
  const inode = walk.nsfs.inode(fd);
  if (!walk.done.has(inode)) relate(walk.found.at({ type, inode }), fd, walk);
  return inode;
}
