import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CgroupHost, cgroupDir, type Hierarchy } from './cgroup-host.js';
import type { Controller } from './controller.js';
import { CgroupError } from './errors.js';
import { procsIn } from './procs.js';
import { v2Controllers } from './v2-enable.js';

/** Reads an extended attribute of a directory; undefined: it has none of that name. */
export type ReadXattr = (path: string, name: string) => string | undefined;

/** The cgroup of a delegated one that its own processes (the agent, a holder) stand in, so that its controllers can be handed down. */
export const PROCESSES_BELOW = 'agent';

/** systemd marks what it delegates: `user.` since v251 (kernel 5.7 lets anyone read it there), `trusted.` since v235. */
const MARKS = ['user.delegate', 'trusted.delegate'] as const;

/**
 * The cgroup at `path`, or the nearest above it, that somebody delegated (systemd: Delegate=yes), as a path; `undefined`: none is. Source:
 * systemd.resource-control(5) "Delegate=", systemd CGROUP_DELEGATION.md.
 */
export function findDelegated(host: CgroupHost, path: string, readXattr: ReadXattr): string | undefined {
  for (let at = path; at !== '/' && at !== '.'; at = dirname(at)) {
    const dirs = host.hierarchies.map((hierarchy) => cgroupDir(hierarchy, at));
    if (dirs.some((dir) => MARKS.some((mark) => readXattr(dir, mark) === '1'))) return at;
  }
  return undefined;
}

/** This process's cgroup where systemd keeps it: in the v2 tree, or in v1's name=systemd. `/` where it is nowhere in particular. */
export function ownCgroup(procRoot: string): string {
  const lines = readFileSync(join(procRoot, 'self/cgroup'), 'utf8').split('\n');
  const path = (prefix: RegExp) => lines.find((line) => prefix.test(line))?.replace(prefix, '');
  const v2 = path(/^0::/);
  return (v2 === undefined || v2 === '/' ? path(/^\d+:name=systemd:/) : v2) ?? '/';
}

/**
 * The host as one sees it who may write only at and below the delegated cgroup: controllers that were not handed down to it are not
 * there. Processes standing in it are moved to `agent` below it, because v2 hands nothing down from a cgroup with processes ("no
 * internal processes"). Throws CGROUP_FAILED when they cannot be.
 */
export function useDelegated(host: CgroupHost, delegated: string): CgroupHost {
  const { unified } = host;
  if (unified === undefined) return { ...host, delegated };
  const dir = cgroupDir(unified, delegated);
  const handedDown = readFileSync(join(dir, 'cgroup.controllers'), 'latin1').trim().split(' ') as Controller[];
  const missing = v2Controllers(host).filter((controller) => !handedDown.includes(controller));
  const ours: Hierarchy = { ...unified, controllers: unified.controllers.filter((controller) => !missing.includes(controller)) };
  moveProcesses(dir);
  return {
    ...host,
    delegated,
    unified: ours,
    hierarchies: host.hierarchies.map((hierarchy) => (hierarchy === unified ? ours : hierarchy)),
    carriers: Object.fromEntries(
      Object.entries(host.carriers)
        .filter(([controller, carrier]) => carrier !== unified || !missing.includes(controller as Controller))
        .map(([controller, carrier]) => [controller, carrier === unified ? ours : carrier]),
    ),
    enabledBelow: new Map(),
  };
}

const MOST_ROUNDS = 10;

function moveProcesses(dir: string): void {
  const below = join(dir, PROCESSES_BELOW);
  // Again until none is left: a process may fork while it is being moved.
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const pids = procsIn(dir);
    if (pids.length === 0) return;
    mkdirSync(below, { recursive: true });
    for (const pid of pids) movePid(below, pid);
  }
  throw new CgroupError('CGROUP_FAILED', `${dir}: new processes keep appearing in it; controllers cannot be handed down from it`);
}

function movePid(below: string, pid: number): void {
  try {
    writeFileSync(join(below, 'cgroup.procs'), String(pid), { flag: 'r+' });
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new CgroupError('CGROUP_FAILED', `move process ${pid} to ${below}: ${(error as Error).message}`, { cause: error });
  }
}
