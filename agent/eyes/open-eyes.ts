import { requireCgroup } from '#agent/containers/state.js';
import { AgentError } from '#agent/contract/errors.js';
import type { NodeEyes } from '#agent/contract/eyes.js';
import type { NamespaceQuery, NamespaceView } from '#agent/contract/namespaces.js';
import { readNamespaces } from '#agent/namespaces/read-namespaces.js';
import { namespaceTree } from '#agent/namespaces/tree.js';
import { readMounts } from '#agent/processes/mounts.js';
import { type Pause, pauseEvery } from '#agent/processes/pause.js';
import { type ProcessSource, readProcesses } from '#agent/processes/read-processes.js';
import { readSockets } from '#agent/processes/sockets/read-sockets.js';
import type { Nsfs } from '#native/nsfs.js';
import type { ReadInRoot } from '#native/open-in-root.js';
import { procs } from '#runtime/cgroup/procs.js';
import { containersByPid, type Watched } from './containers-by-pid.js';
import { sharedLook } from './shared-look.js';

export interface EyesOptions {
  procRoot: string;
  etcRoot: string;
  nsfs: Nsfs;
  readInRoot: ReadInRoot;
  /** Throws CONTAINER_NOT_FOUND or REF_AMBIGUOUS. */
  find: (ref: string) => Watched;
  all: () => readonly Watched[];
  usage: NodeEyes['usage'];
  clock: { monotonicMs(): number };
  sleep: (ms: number) => Promise<void>;
}

/** Longest the event loop waits for a piece of reading. */
const PIECE_MS = 5;

/** Looks at processes and namespaces when asked; holds nothing open and keeps nothing between two looks. */
export function openEyes(options: EyesOptions): NodeEyes {
  const { procRoot } = options;
  const pause = (): Pause => pauseEvery(PIECE_MS, () => options.clock.monotonicMs());
  const pidsOf = (ref: string, what: string): { container: Watched; pids: () => number[] } => {
    const container = options.find(ref);
    const cgroup = requireCgroup(container, what);
    return { container, pids: () => procs(cgroup) };
  };
  const look = (containers: readonly Watched[]): Promise<NamespaceView[]> => {
    const between = pause();
    return readNamespaces({ ...options, pause: between, containers: () => containersByPid(containers, between) });
  };
  const everything = sharedLook(() => look(options.all()));
  return {
    usage: options.usage,
    namespaces: async (query) => {
      const wanted = query.container === undefined ? undefined : options.find(query.container);
      if (wanted !== undefined) requireCgroup(wanted, 'list the namespaces of');
      // A plain cgroup is no container unless it is asked for.
      const named = wanted === undefined || options.all().some(({ id }) => id === wanted.id);
      const views = named ? await everything() : await look([...options.all(), wanted]);
      return chosen(views, query, wanted?.id);
    },
    processes: async (ref, asked) => {
      const { container, pids } = pidsOf(ref, 'list the processes of');
      const source: ProcessSource = { pids, init: container.pid };
      return readProcesses({ ...options, pause: pause(), monotonicMs: () => options.clock.monotonicMs() }, source, asked);
    },
    sockets: async (ref) => readSockets({ procRoot, pause: pause() }, pidsOf(ref, 'list the sockets of').pids()),
    mounts: async (ref) => {
      const { container, pids } = pidsOf(ref, 'list the mounts of');
      const first = container.pid ?? pids()[0];
      const mounts = first === undefined ? undefined : readMounts(procRoot, first);
      if (mounts === undefined) throw new AgentError('STATE_CONFLICT', `cannot list the mounts of ${container.name}: it ended`);
      return mounts;
    },
  };
}

function chosen(views: readonly NamespaceView[], query: NamespaceQuery, containerId: string | undefined): NamespaceView[] {
  const ordered = query.tree ? namespaceTree(views) : views;
  return ordered.filter(
    ({ type, containers }) =>
      (query.types.length === 0 || query.types.includes(type)) &&
      (containerId === undefined || containers.some(({ id }) => id === containerId)),
  );
}
