import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerView } from '#agent/contract/container.js';
import { type CgroupSet, directories } from '#runtime/cgroup/cgroup-set.js';
import { createCgroup } from '#runtime/cgroup/create-cgroup.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import type { Limits } from '#runtime/cgroup/limits.js';

const HOST = detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' });

/** A cgroup as somebody who is not tsgov would make it, in every hierarchy, with limits of their own. */
export function handMade(path: string, limits: Limits = {}): CgroupSet {
  return createCgroup(HOST, path, limits, []);
}

/** It once an agent has found it in every hierarchy, of what the agent lists: it finds one after the other. */
export function foundIn(list: readonly ContainerView[], path: string): ContainerView | undefined {
  const everywhere = ({ cgroups }: ContainerView): boolean =>
    Object.keys(HOST.carriers).every((controller) => controller in cgroups);
  return list.find((view) => view.name === path && everywhere(view));
}

/** Figures that move by themselves, and files that cannot be read. */
const MOVING = /^tasks$|procs|threads|stat|usage|event|numa|slabinfo|pressure|current|peak|failcnt|io_serv|local$/;

/** Every setting of the cgroup, in every hierarchy: what must be as it was found once nothing of tsgov is in force on it. */
export function settings(set: CgroupSet): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { dir } of directories(set))
    for (const { name } of readdirSync(dir, { withFileTypes: true }).filter(
      (entry) => entry.isFile() && !MOVING.test(entry.name),
    ))
      try {
        found[join(dir, name)] = readFileSync(join(dir, name), 'latin1');
      } catch (error) {
        if (!['EINVAL', 'EACCES', 'EOPNOTSUPP', 'EIO', 'ENODEV'].includes((error as NodeJS.ErrnoException).code ?? ''))
          throw error;
      }
  return found;
}

/** Records that an agent keeps of containers that are not its own. */
export function records(root: string): unknown[] {
  const dir = join(root, 'foreign');
  if (!existsSync(dir)) return [];
  return readdirSync(dir).map((name) => JSON.parse(readFileSync(join(dir, name), 'utf8')) as unknown);
}
