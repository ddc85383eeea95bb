import { requireCgroup } from '#agent/containers/state.js';
import { AgentError } from '#agent/contract/errors.js';
import type { NodeEyes } from '#agent/contract/eyes.js';
import type { ContainerName, NamespaceQuery, NamespaceView } from '#agent/contract/namespaces.js';
import { readNamespaces } from '#agent/namespaces/read-namespaces.js';
import { namespaceTree } from '#agent/namespaces/tree.js';
import { readMounts } from '#agent/processes/mounts.js';
import { type Pause, pauseEvery } from '#agent/processes/pause.js';
import { type ProcessSource, readProcesses } from '#agent/processes/read-processes.js';
import { readSockets } from '#agent/processes/sockets/read-sockets.js';
import type { Nsfs } from '#native/nsfs.js';
import type { ReadInRoot } from '#native/open-in-root.js';
import { type CgroupSet, directories } from '#runtime/cgroup/cgroup-set.js';
import { procs, procsBelow } from '#runtime/cgroup/procs.js';

/** A container, ours or not, as far as we look at its processes: part of Governed. */
export interface Watched {
  readonly id: string;
  readonly name: string;
  readonly cgroup: CgroupSet | undefined;
  readonly running: boolean;
  readonly pid: number | undefined;
  subject(): { id: string; name: string; runtime: string };
}

export interface EyesOptions {
  procRoot: string;
  etcRoot: string;
  nsfs: Nsfs;
  readInRoot: ReadInRoot;
  /** Throws CONTAINER_NOT_FOUND or REF_AMBIGUOUS. */
  find: (ref: string) => Watched;
  all: () => readonly Watched[];
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
  return {
    namespaces: async (query) => {
      const wanted = query.container === undefined ? undefined : options.find(query.container);
      if (wanted !== undefined) requireCgroup(wanted, 'list the namespaces of');
      const views = await readNamespaces({ ...options, pause: pause(), containers: () => containersByPid(options.all()) });
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

/**
 * Which container each process is in; of cgroups in one another the inner one. A single hierarchy is asked, one all processes of a
 * container are in: 1,000 containers in nine would be 9,000 files.
 */
function containersByPid(containers: readonly Watched[]): Map<number, ContainerName> {
  const byPid = new Map<number, ContainerName>();
  const depth = ({ cgroup }: Watched): number => cgroup?.path.split('/').length ?? 0;
  for (const each of [...containers].sort((a, b) => depth(a) - depth(b))) {
    if (each.cgroup === undefined) continue;
    const { id, name, runtime } = each.subject();
    for (const pid of pidsInOneHierarchy(each.cgroup)) byPid.set(pid, { id, name, runtime });
  }
  return byPid;
}

/** Docker's containers have no v2 twin on hybrid hosts: the first hierarchy that has anybody tells. */
function pidsInOneHierarchy(cgroup: CgroupSet): number[] {
  for (const { dir } of directories(cgroup)) {
    const pids = procsBelow(dir);
    if (pids.length > 0) return pids;
  }
  return [];
}

function chosen(views: readonly NamespaceView[], query: NamespaceQuery, containerId: string | undefined): NamespaceView[] {
  const ordered = query.tree ? namespaceTree(views) : views;
  return ordered.filter(
    ({ type, containers }) =>
      (query.types.length === 0 || query.types.includes(type)) &&
      (containerId === undefined || containers.some(({ id }) => id === containerId)),
  );
}
