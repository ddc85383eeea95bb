import type { BpfHierarchy } from '#native/bpf-object.js';
import type { CgroupHost, Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import type { FileOwner } from '#runtime/cgroup/controller.js';

/**
 * Whose cgroup ids: `tasks` those that programs tell for processes, `io` those disks charge, `memory` those OOM kills happen at,
 * `sockets` those sockets carry (v2's, whatever the mode).
 */
export type IdSpace = 'tasks' | 'io' | 'memory' | 'sockets';

export interface IdHierarchy {
  owner: FileOwner;
  hierarchy: Hierarchy;
}

/** A controller of v1 in whose hierarchy every container has a cgroup, first choice first. */
const V1_TASKS = ['memory', 'cpu', 'pids', 'cpuset', 'freezer'] as const;

/**
 * The hierarchy of each id space; one that this host has not is left out. For processes that is v2 where it carries controllers; else
 * a v1 hierarchy, in which also those are told apart that have no v2 cgroup (Docker's on a hybrid host).
 */
export function idHierarchies(host: CgroupHost): Partial<Record<IdSpace, IdHierarchy>> {
  const found: Partial<Record<IdSpace, IdHierarchy>> = {};
  const { carriers, unified } = host;
  const tasks = taskHierarchy(host);
  if (tasks !== undefined) {
    const hierarchy = tasks === 'v2' ? unified : carriers[tasks];
    if (hierarchy !== undefined) found.tasks = { owner: tasks === 'v2' ? 'unified' : tasks, hierarchy };
  }
  if (carriers.io !== undefined) found.io = { owner: 'io', hierarchy: carriers.io };
  if (carriers.memory !== undefined) found.memory = { owner: 'memory', hierarchy: carriers.memory };
  if (unified !== undefined) found.sockets = { owner: 'unified', hierarchy: unified };
  return found;
}

/** The same as a parameter of the programs; undefined: there is none. */
export function taskHierarchy(host: CgroupHost): (BpfHierarchy & (typeof V1_TASKS)[number]) | 'v2' | undefined {
  const v1 = V1_TASKS.find((controller) => host.carriers[controller]?.version === 1);
  if (host.unified !== undefined && (v1 === undefined || host.carriers.memory?.version === 2)) return 'v2';
  return v1;
}
