import { readFileSync, writeFileSync } from 'node:fs';
import { errnoName } from '#native/kernel-error.js';
import type { CgroupHost } from './cgroup-host.js';
import type { Controller } from './controller.js';
import { errnoMeaning } from './errno-meaning.js';
import { CgroupError } from './errors.js';
import { errnoOf } from './interface-file.js';

/** Controllers that have to be handed down by cgroup.subtree_control; freezer and devices are in every v2 cgroup. */
const HANDED_DOWN: readonly Controller[] = ['cpuset', 'cpu', 'io', 'memory', 'pids', 'hugetlb'];

/** Of these, the ones the host's v2 tree carries. */
export function v2Controllers(host: CgroupHost): Controller[] {
  return HANDED_DOWN.filter((controller) => host.unified?.controllers.includes(controller));
}

/**
 * Enables controllers for the children of `dir` (already enabled ones are left). All at once first; where the kernel refuses that, one by
 * one, so that one refusal (processes sitting in `dir`, realtime tasks, a threaded cgroup) does not cost the others. Throws
 * UNSUPPORTED, saying why, only for a controller in `required`. Source: cgroup-v2.rst "Controlling Controllers".
 */
export function enableForChildren(
  host: CgroupHost,
  dir: string,
  wanted: readonly Controller[],
  required: ReadonlySet<Controller>,
): void {
  const known = host.enabledBelow.get(dir);
  if (known !== undefined && wanted.every((controller) => known.has(controller))) return;
  const file = `${dir}/cgroup.subtree_control`;
  const enabled = new Set(readFileSync(file, 'latin1').trim().split(' ') as Controller[]);
  const missing = wanted.filter((controller) => !enabled.has(controller));
  if (missing.length > 0 && enable(file, missing) !== 0)
    for (const controller of missing) {
      const errno = enable(file, [controller]);
      if (errno === 0) enabled.add(controller);
      else if (required.has(controller)) throw cannotEnable(file, controller, errno);
    }
  else for (const controller of missing) enabled.add(controller);
  host.enabledBelow.set(dir, enabled);
}

function enable(file: string, controllers: readonly Controller[]): number {
  try {
    writeFileSync(file, controllers.map((controller) => `+${controller}`).join(' '), { flag: 'r+' });
    return 0;
  } catch (error) {
    return errnoOf(error);
  }
}

function cannotEnable(file: string, controller: Controller, errno: number): CgroupError {
  const meaning = errnoMeaning('cgroup.subtree_control', errno);
  const why = meaning === undefined ? '' : ` (${meaning})`;
  return new CgroupError(
    'UNSUPPORTED',
    `the ${controller} controller cannot be used here: write ${file} "+${controller}": ${errnoName(errno)}${why}`,
  );
}
