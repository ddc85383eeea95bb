import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NAMESPACE_TYPES } from '#agent/contract/namespace-types.js';
import type { ContainerName, NamespaceView } from '#agent/contract/namespaces.js';
import type { Pause } from '#agent/processes/pause.js';
import { linkText, listPids } from '#agent/processes/proc-files.js';
import { userNames } from '#agent/processes/users.js';
import type { Nsfs } from '#native/nsfs.js';
import { FoundNamespaces } from './found.js';
import { parseNamespaceLink } from './link.js';
import { namespaceViews } from './model.js';
import { oldestFinder } from './oldest.js';
import { addRelations } from './relations.js';
import { scanFds } from './scan-fds.js';
import { scanMounts } from './scan-mounts.js';
import { scanProcesses } from './scan-processes.js';

export interface NamespaceHost {
  procRoot: string;
  etcRoot: string;
  nsfs: Nsfs;
  pause: Pause;
  /** The container each process of one is in. */
  containers: () => Promise<ReadonlyMap<number, ContainerName>>;
}

/**
 * Every namespace of the node: those processes are in, and those kept only by a mount, an open file or a child. A process that ends
 * meanwhile is left out of what is read after. Some 80 µs a process, in pieces between which the event loop runs.
 */
export async function readNamespaces(host: NamespaceHost): Promise<NamespaceView[]> {
  const { procRoot, pause } = host;
  const found = new FoundNamespaces();
  const pids = listPids(procRoot);
  await scanProcesses(procRoot, pids, found, pause);
  await scanFds(procRoot, pids, found, pause);
  await scanMounts(procRoot, found, pause);
  const own = hostNamespaces(procRoot);
  await addRelations({ procRoot, nsfs: host.nsfs, found, host: own, pause });
  const oldest = await oldestOf(found, host);
  const containers = await host.containers();
  return namespaceViews(found.byInode.values(), {
    host: own,
    containerOf: (pid) => containers.get(pid),
    oldest: ({ inode }) => oldest.get(inode) ?? null,
  });
}

/** By inode; absent where all processes are gone by now. */
async function oldestOf(
  found: FoundNamespaces,
  { procRoot, etcRoot, pause }: NamespaceHost,
): Promise<Map<number, NonNullable<NamespaceView['oldest']>>> {
  const users = userNames(() => readFileSync(join(etcRoot, 'passwd'), 'utf8'));
  const finder = oldestFinder(procRoot, users);
  const byInode = new Map<number, NonNullable<NamespaceView['oldest']>>();
  for (const { inode, pids } of found.byInode.values()) {
    const pid = finder.find(pids);
    const described = pid === undefined ? undefined : finder.describe(pid);
    if (described !== undefined) byInode.set(inode, described);
    const waiting = pause();
    if (waiting !== undefined) await waiting;
  }
  return byInode;
}

/** Of pid 1; where we may not look at that one, ours. */
function hostNamespaces(procRoot: string): Set<number> {
  const inodes = new Set<number>();
  for (const type of NAMESPACE_TYPES) {
    const link = linkText(`${procRoot}/1/ns/${type}`) ?? linkText(`${procRoot}/self/ns/${type}`);
    const id = link === undefined ? undefined : parseNamespaceLink(link);
    if (id !== undefined) inodes.add(id.inode);
  }
  return inodes;
}
