import { readdirSync, readFileSync, statSync } from 'node:fs';
import { type CgroupSet, directories } from './cgroup-set.js';
import { isAbsent } from './interface-file.js';

/**
 * Every process in the cgroup and in cgroups nested in it, in any hierarchy, ascending: a process that left (or never joined) one of
 * them is still here. Empty when the cgroup is gone. Pids are those of this process's pid namespace; 0 (outside of it) is left out.
 */
export function procs(set: CgroupSet): number[] {
  const pids = new Set<number>();
  for (const { dir } of directories(set)) for (const pid of procsBelow(dir)) pids.add(pid);
  return [...pids].sort((a, b) => a - b);
}

/** The processes of one cgroup directory and those nested in it; unordered. Gone is empty. */
export function procsBelow(dir: string): number[] {
  const dirs = [dir, ...nestedCgroups(dir).map((below) => `${dir}/${below}`)];
  return dirs.flatMap(procsIn);
}

/** Cgroups nested in a directory, as paths relative to it, parents before children. */
export function nestedCgroups(dir: string): string[] {
  // Each child directory has a `..` link: two links mean none, which spares the listing.
  const links = statSync(dir, { throwIfNoEntry: false })?.nlink ?? 2;
  if (links <= 2) return [];
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => [name, ...nestedCgroups(`${dir}/${name}`).map((below) => `${name}/${below}`)]);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** The processes that stand in a cgroup directory itself. Gone is empty. */
export function procsIn(dir: string): number[] {
  try {
    // Node reads text of this encoding in one go.
    return readFileSync(`${dir}/cgroup.procs`, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && line !== '0')
      .map(Number);
  } catch (error) {
    // A threaded cgroup answers EOPNOTSUPP: its processes stand in the domain above it, which is read too.
    if (isAbsent(error)) return [];
    throw error;
  }
}
