import type { NamespaceQuery, NamespaceView } from './namespaces.js';
import type { MountView, ProcessOptions, ProcessView, SocketView } from './processes.js';
import type { UsageQuery, UsageView } from './usage.js';

/**
 * What is seen of the node, its processes and namespaces; read from /proc when asked, nothing is kept. `ref` is a container's, ours or not.
 * Rejects with CONTAINER_NOT_FOUND, REF_AMBIGUOUS, and STATE_CONFLICT where it does not run.
 */
export interface NodeEyes {
  /** Everything at once, as the last tick saw it. Throws nothing of its own. */
  usage(query: UsageQuery): UsageView;
  namespaces(query: NamespaceQuery): Promise<NamespaceView[]>;
  processes(ref: string, options: ProcessOptions): Promise<ProcessView[]>;
  sockets(ref: string): Promise<SocketView[]>;
  /** As its first process sees them. */
  mounts(ref: string): Promise<MountView[]>;
}
