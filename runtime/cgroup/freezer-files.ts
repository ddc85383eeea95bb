import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { KernelError } from '#native/kernel-error.js';
import { cgroupDir, type Hierarchy } from './cgroup-host.js';
import type { CgroupSet } from './cgroup-set.js';
import { errnoMeaning } from './errno-meaning.js';
import { errnoOf, isAbsent } from './interface-file.js';

/** The interface files of one version's freezer for one cgroup. */
export interface FreezerHalf {
  readonly version: 1 | 2;
  /** The file that says (poll, inotify) when the state changed; undefined: it must be looked at. */
  readonly eventsFile: string | undefined;
  /** Asks for frozen or thawed; `false`: the cgroup is gone. */
  request(frozen: boolean): boolean;
  state(): 'thawed' | 'freezing' | 'frozen' | undefined;
  /** It was asked of this very cgroup. */
  isSelf(): boolean;
  /** The path of the nearest cgroup above that it was asked of. */
  frozenParent(): string | undefined;
}

/** The freezers a cgroup has here: the carrier first, and on a hybrid host also the v2 tree's, by which somebody else may have frozen it. */
export function freezerHalves(set: CgroupSet): FreezerHalf[] {
  const { carriers, unified } = set.host;
  const carrier = carriers.freezer;
  const hierarchies = carrier === undefined ? [] : unified === undefined || unified === carrier ? [carrier] : [carrier, unified];
  return hierarchies.flatMap((hierarchy) => {
    const path = set.places === undefined ? set.path : set.places.get(hierarchy);
    return path === undefined ? [] : [hierarchy.version === 1 ? v1(hierarchy, path) : v2(hierarchy, path)];
  });
}

function v1(hierarchy: Hierarchy, path: string): FreezerHalf {
  const dir = cgroupDir(hierarchy, path);
  const states = { THAWED: 'thawed', FREEZING: 'freezing', FROZEN: 'frozen' } as const;
  return {
    version: 1,
    eventsFile: undefined,
    request: (frozen) => writeText(`${dir}/freezer.state`, frozen ? 'FROZEN' : 'THAWED'),
    state: () => states[readText(`${dir}/freezer.state`) as keyof typeof states],
    isSelf: () => readText(`${dir}/freezer.self_freezing`) === '1',
    frozenParent: () =>
      readText(`${dir}/freezer.parent_freezing`) === '1'
        ? above(path).find((at) => readText(`${cgroupDir(hierarchy, at)}/freezer.self_freezing`) === '1')
        : undefined,
  };
}

function v2(hierarchy: Hierarchy, path: string): FreezerHalf {
  const dir = cgroupDir(hierarchy, path);
  const asked = (where: string) => readText(`${where}/cgroup.freeze`) === '1';
  const frozenParent = () => above(path).find((at) => asked(cgroupDir(hierarchy, at)));
  return {
    version: 2,
    eventsFile: `${dir}/cgroup.events`,
    request: (frozen) => writeText(`${dir}/cgroup.freeze`, frozen ? '1' : '0'),
    state() {
      const events = readText(`${dir}/cgroup.events`);
      if (events === undefined) return undefined;
      const frozen = /^frozen 1$/m.test(events);
      const wanted = asked(dir) || frozenParent() !== undefined;
      // Frozen but no longer wanted: on its way to thawed.
      if (frozen) return wanted ? 'frozen' : 'freezing';
      return wanted ? 'freezing' : 'thawed';
    },
    isSelf: () => asked(dir),
    frozenParent,
  };
}

/** The cgroups above a path, nearest first, without the root. */
function above(path: string): string[] {
  const parent = dirname(path);
  return parent === '/' ? [] : [parent, ...above(parent)];
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trimEnd();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function writeText(path: string, value: string): boolean {
  try {
    writeFileSync(path, value, { flag: 'r+' });
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    const errno = errnoOf(error);
    const meaning = errnoMeaning(basename(path), errno);
    throw new KernelError({ syscall: 'write', target: path, value, errno, ...(meaning !== undefined && { meaning }) }, error);
  }
}
