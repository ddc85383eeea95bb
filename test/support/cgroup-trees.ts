import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/** Mount points of all cgroup hierarchies of this host, from /proc/self/mounts. */
export function cgroupMounts(): { dir: string; version: 1 | 2 }[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter((words) => words[2] === 'cgroup' || words[2] === 'cgroup2')
    .map((words) => ({ dir: words[1] as string, version: words[2] === 'cgroup' ? 1 : 2 }));
}

/**
 * Removes the test's own cgroup parent from every hierarchy, children first, and answers the directories below the parent that
 * were still there (the parent itself may stay behind an agent: it is made once).
 */
export function removeCgroupTrees(parent: string): string[] {
  if (!parent.startsWith('/tsgov-test-')) throw new Error(`refusing to remove ${parent}: not a test's cgroup`);
  const left: string[] = [];
  for (const { dir } of cgroupMounts()) {
    const top = join(dir, parent);
    if (!existsSync(top)) continue;
    const below = descendants(top);
    left.push(...below);
    for (const cgroup of [...below.reverse(), top]) rmdirSync(cgroup);
  }
  return left;
}

function descendants(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => [join(dir, entry.name), ...descendants(join(dir, entry.name))]);
}
