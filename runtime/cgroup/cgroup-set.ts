import { existsSync, statSync } from 'node:fs';
import { type CgroupHost, cgroupDir, type Hierarchy } from './cgroup-host.js';
import { checkCgroupPath } from './cgroup-path.js';
import { CONTROLLERS, type Condition, type Controller, type FileOwner, type InterfaceFiles } from './controller.js';
import { readInterfaceFile } from './interface-file.js';

/** One cgroup, in all hierarchies of the host: the same path below each mount, unless `places` says other. Plain data; nothing is held open. */
export interface CgroupSet {
  readonly host: CgroupHost;
  /** From the hierarchies' roots, e.g. `/tsgov/<id>`. */
  readonly path: string;
  /**
   * Of a cgroup that somebody else made: where it is in each hierarchy, and only those it is in. Nothing above it is written for it
   * (v2's subtree_control).
   */
  readonly places?: ReadonlyMap<Hierarchy, string>;
  /** What of the limits given to createCgroup this host cannot carry. */
  readonly conditions: readonly Condition[];
}

/**
 * A cgroup that exists, ours or anybody's: `undefined` where no hierarchy has it. Throws CGROUP_PATH_INVALID. Not every hierarchy need
 * have it (Docker's has no v2 twin): what reads it sees that.
 */
export function openCgroup(host: CgroupHost, path: string): CgroupSet | undefined {
  const checked = checkCgroupPath(path);
  const exists = host.hierarchies.some((hierarchy) => existsSync(cgroupDir(hierarchy, checked)));
  return exists ? { host, path: checked, conditions: [] } : undefined;
}

/** The cgroup's directory where a controller's files are (or, `unified`, in the v2 tree); undefined where the host has none. */
export function directoryOf(set: CgroupSet, owner: FileOwner): string | undefined {
  const hierarchy = owner === 'unified' ? set.host.unified : set.host.carriers[owner];
  return hierarchy === undefined ? undefined : directoryIn(set, hierarchy);
}

/** The cgroup's directory in a hierarchy; undefined where it is not in that one. */
export function directoryIn(set: CgroupSet, hierarchy: Hierarchy): string | undefined {
  const path = set.places === undefined ? set.path : set.places.get(hierarchy);
  return path === undefined ? undefined : cgroupDir(hierarchy, path);
}

/** The cgroup's directories, one a hierarchy. */
export function directories(set: CgroupSet): { hierarchy: Hierarchy; dir: string }[] {
  return set.host.hierarchies.flatMap((hierarchy) => {
    const dir = directoryIn(set, hierarchy);
    return dir === undefined ? [] : [{ hierarchy, dir }];
  });
}

/** Directories by controller for people and the API: v2's words, v1's `blkio` and `cpuacct` beside them, `unified` for the v2 tree. */
export function paths(set: CgroupSet): Record<string, string> {
  const named: Record<string, string> = {};
  for (const controller of CONTROLLERS) {
    const dir = directoryOf(set, controller);
    if (dir === undefined) continue;
    named[controller] = dir;
    if (controller === 'io' && set.host.carriers.io?.version === 1) named.blkio = dir;
  }
  const unified = directoryOf(set, 'unified');
  if (unified !== undefined) named.unified = unified;
  return named;
}

/** How a process gets in: every v1 hierarchy's cgroup.procs (write `0`), and the v2 directory for CLONE_INTO_CGROUP. */
export interface JoinFiles {
  readonly v1Procs: readonly string[];
  readonly v2Dir: string | undefined;
}

/**
 * The files and the directory through which a process joins. A realtime process may be refused by v1's cpu controller (EINVAL) while
 * its cpu.rt_runtime_us is 0 (CONFIG_RT_GROUP_SCHED).
 */
export function joinFiles(set: CgroupSet): JoinFiles {
  const v1 = directories(set).filter(({ hierarchy }) => hierarchy.version === 1);
  return { v1Procs: v1.map(({ dir }) => `${dir}/cgroup.procs`), v2Dir: directoryOf(set, 'unified') };
}

/** The flat-keyed file and the key in it that count OOM kills: `memory.events` or v1's `memory.oom_control`, `oom_kill`. */
export function oomKillCounter(set: CgroupSet): { file: string; key: string } | undefined {
  const dir = directoryOf(set, 'memory');
  if (dir === undefined) return undefined;
  return { file: `${dir}/${set.host.carriers.memory?.version === 1 ? 'memory.oom_control' : 'memory.events'}`, key: 'oom_kill' };
}

/** Whether any hierarchy still has it. */
export function cgroupExists(set: CgroupSet): boolean {
  return directories(set).some(({ dir }) => existsSync(dir));
}

/** The v2 cgroup's id, which BPF and fanotify know it by (the directory's inode number); undefined without a v2 directory. */
export function cgroupId(set: CgroupSet): bigint | undefined {
  const dir = directoryOf(set, 'unified');
  return dir === undefined ? undefined : statSync(dir, { bigint: true, throwIfNoEntry: false })?.ino;
}

/** memory.stat and io.stat of a machine with many disks are the largest. */
const LARGEST_FILE_BYTES = 1 << 18;

/** Reads the set's files by path, each opened and closed. The Buffers are views into one that the next read overwrites. */
export function pathFiles(set: CgroupSet): InterfaceFiles {
  const into = Buffer.allocUnsafe(LARGEST_FILE_BYTES);
  return {
    read(owner, file) {
      const dir = directoryOf(set, owner);
      return dir === undefined ? undefined : readInterfaceFile(`${dir}/${file}`, into);
    },
  };
}

/** Whether the set has an interface file of a controller. */
export function hasFile(set: CgroupSet, controller: Controller): (file: string) => boolean {
  const dir = directoryOf(set, controller);
  return (file) => dir !== undefined && existsSync(`${dir}/${file}`);
}
