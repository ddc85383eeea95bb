import { readFileSync, writeFileSync } from 'node:fs';
import { KernelError } from '#native/kernel-error.js';
import type { Hierarchy } from './cgroup-host.js';
import { type CgroupSet, directories } from './cgroup-set.js';
import { errnoMeaning } from './errno-meaning.js';
import { procsBelow } from './procs.js';

/** A process of a container that does not stand in the container's cgroup in one of the hierarchies: its limits there do not hold it. */
export interface Stray {
  readonly pid: number;
  readonly hierarchy: Hierarchy;
  /** The container's own directory there. */
  readonly dir: string;
  /** Where the process is instead, from that hierarchy's root. */
  readonly path: string;
}

/**
 * Processes that somebody moved out: init (`pid`) wherever it is, others while they are still in another hierarchy. One that left all of
 * them (pure v2 has but one) cannot be told from a stranger's. One that is just joining may be among them: look again. Where `first` (a number that
 * is another one each time) says which hierarchy is listed first, one that left only that one is found at another time.
 */
export function findStrays(set: CgroupSet, pid: number | undefined, procRoot: string, first = 0): Stray[] {
  const dirs = directories(set);
  // Nearly always: a few processes, all where they belong. Their own files say so for all hierarchies at once.
  const listed = dirs[first % dirs.length];
  if (dirs.length > 2 && listed !== undefined && allInside(set, procsBelow(listed.dir), pid, procRoot)) return [];
  const members = dirs.map(({ hierarchy, dir }) => ({ hierarchy, dir, pids: procsBelow(dir) }));
  const some = members[0]?.pids ?? [];
  if ((pid === undefined || some.includes(pid)) && members.every(({ pids }) => sameList(pids, some))) return [];
  const all = new Set(members.flatMap(({ pids }) => pids));
  if (pid !== undefined) all.add(pid);
  return members.flatMap(({ hierarchy, dir, pids }) => {
    const inside = new Set(pids);
    return [...all]
      .filter((each) => !inside.has(each))
      .flatMap((each) => {
        const path = pathIn(hierarchy, each, procRoot);
        return path === undefined ? [] : [{ pid: each, hierarchy, dir, path }];
      });
  });
}

/** False also where it would cost more to tell. */
function allInside(set: CgroupSet, pids: readonly number[], pid: number | undefined, procRoot: string): boolean {
  if (set.places !== undefined || (pid !== undefined && !pids.includes(pid))) return false;
  const count = set.host.hierarchies.length;
  return pids.length < count && pids.every((each) => hierarchiesInside(set.path, each, procRoot) >= count);
}

/** In how many hierarchies a process is in a cgroup of this path or below it; all where it has ended. */
function hierarchiesInside(path: string, pid: number, procRoot: string): number {
  const text = readIfThere(`${procRoot}/${pid}/cgroup`);
  if (text === undefined || text === '') return Number.POSITIVE_INFINITY;
  const ours = `:${path}`;
  return text.split('\n').filter((line) => line.endsWith(ours) || line.includes(`${ours}/`)).length;
}

function sameList(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index]);
}

/** Puts a stray back into the container's cgroup; false when it has ended. Throws KernelError. */
export function bringBack({ pid, dir }: Stray): boolean {
  const target = `${dir}/cgroup.procs`;
  try {
    writeFileSync(target, String(pid));
    return true;
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') return false;
    if (errno === undefined) throw error;
    const meaning = errnoMeaning('cgroup.procs', Math.abs(errno));
    throw new KernelError(
      { syscall: 'write', target, value: String(pid), errno: Math.abs(errno), ...(meaning === undefined ? {} : { meaning }) },
      error,
    );
  }
}

/** `/proc/<pid>/cgroup`'s path of one hierarchy; undefined for a process that has ended. Source: cgroups(7). */
function pathIn(hierarchy: Hierarchy, pid: number, procRoot: string): string | undefined {
  const stat = readIfThere(`${procRoot}/${pid}/stat`);
  const state = stat?.slice(stat.lastIndexOf(')') + 2)[0];
  if (state === undefined || state === 'Z' || state === 'X') return undefined;
  const lines = readIfThere(`${procRoot}/${pid}/cgroup`)?.split('\n') ?? [];
  for (const line of lines) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    if (isOf(hierarchy, controllers)) return path;
  }
  return undefined;
}

/** Whether a line's controllers are the hierarchy's: none for v2, `name=…` for one that only tracks processes. */
function isOf({ version, controllers }: Hierarchy, text: string): boolean {
  if (version === 2) return text === '';
  if (controllers.length === 0) return text.startsWith('name=');
  const names = text.split(',');
  return controllers.some((name) => names.includes(V1_NAMES[name] ?? name));
}

/** v2's words → v1's. */
const V1_NAMES: Readonly<Record<string, string>> = { io: 'blkio' };

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
