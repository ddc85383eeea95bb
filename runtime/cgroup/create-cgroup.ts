import { mkdirSync, rmdirSync } from 'node:fs';
import { KernelError } from '#native/kernel-error.js';
import { type CgroupHost, cgroupDir, type Hierarchy } from './cgroup-host.js';
import { checkCgroupPath } from './cgroup-path.js';
import { type CgroupSet, directories, directoryOf } from './cgroup-set.js';
import type { Condition, Controller } from './controller.js';
import { cloneCpusetToChildren, fillCpuset } from './cpuset-tree.js';
import { planDevicesV1 } from './devices.js';
import { compileDeviceProgram } from './devices-bpf.js';
import { CgroupError } from './errors.js';
import { errnoOf } from './interface-file.js';
import { LIMIT_CONTROLLERS, LIMIT_KEYS } from './limit-controllers.js';
import { planLimits } from './limit-plan.js';
import type { DeviceRule, Limits } from './limits.js';
import { enableForChildren, v2Controllers } from './v2-enable.js';
import { validateLimits } from './validate.js';
import { verifyLimits } from './verify-limits.js';
import { writePlanSync } from './write-plan.js';

/**
 * Makes a container's cgroup in every hierarchy (and in the v2 tree on a hybrid host), parents as needed, with its limits and device rules
 * in force before anything can join. Synchronous: nothing is in it, so no write can block. `limits.state` is left to freeze():
 * a process could not even start in a frozen cgroup. What the host cannot carry is in the set's `conditions`.
 * Throws LimitError, LimitRefusedError, CgroupError (CGROUP_EXISTS, CGROUP_FAILED, UNSUPPORTED); all that was made is then removed.
 */
export function createCgroup(host: CgroupHost, path: string, limits: Limits, deviceRules: readonly DeviceRule[] = []): CgroupSet {
  const set: CgroupSet = { host, path: checkCgroupPath(path), conditions: [] };
  validateLimits(limits, host.facts);
  const required = askedControllers(limits);
  const made: string[] = [];
  try {
    for (const { hierarchy, dir } of directories(set)) makeIn(host, hierarchy, dir, required, made);
    const { writes, conditions } = planLimits(set, limits, {});
    writePlanSync(writes, (controller) => directoryOf(set, controller));
    return { ...set, conditions: [...conditions, ...verifyLimits(set, limits), ...restrictDevices(set, deviceRules)] };
  } catch (error) {
    for (const dir of made.toReversed()) removeMade(host, dir);
    throw error;
  }
}

function restrictDevices(set: CgroupSet, rules: readonly DeviceRule[]): Condition[] {
  if (rules.length === 0) return [];
  const { carriers, devicePrograms } = set.host;
  if (carriers.devices?.version === 1) {
    writePlanSync(planDevicesV1(rules), (controller) => directoryOf(set, controller));
    return [];
  }
  if (carriers.devices !== undefined && devicePrograms !== undefined) {
    devicePrograms.attach(cgroupDir(carriers.devices, set.path), compileDeviceProgram(rules));
    return [];
  }
  const why =
    carriers.devices === undefined ? 'no v2 tree and no devices controller is mounted' : 'BPF programs cannot be loaded here';
  return [
    { type: 'LimitUnsupported', field: 'devices', reason: 'NoDeviceControl', message: `device access is not restricted: ${why}` },
  ];
}

/** Controllers that must work because a limit needs them. */
export function askedControllers(limits: Limits): Set<Controller> {
  return new Set(LIMIT_KEYS.filter((key) => limits[key] !== undefined).map((key) => LIMIT_CONTROLLERS[key].controller));
}

function makeIn(host: CgroupHost, hierarchy: Hierarchy, dir: string, required: ReadonlySet<Controller>, made: string[]): void {
  const v1Cpuset = hierarchy.version === 1 && hierarchy.controllers.includes('cpuset');
  let result = makeDirectory(dir);
  if (result === 'no parent') {
    for (const parent of ancestors(hierarchy, dir)) makeParent(parent, hierarchy, v1Cpuset, made);
    result = makeDirectory(dir);
  }
  if (result === 'exists')
    throw new CgroupError('CGROUP_EXISTS', `cgroup ${dir} exists: remove it first, or choose another name`);
  if (result === 'no parent') throw new CgroupError('CGROUP_FAILED', `mkdir ${dir}: somebody removed its parent meanwhile`);
  made.push(dir);
  if (v1Cpuset) fillCpuset(dir, hierarchy.mount);
  if (hierarchy === host.unified) enableAbove(host, hierarchy, dir, required);
}

function makeParent(dir: string, hierarchy: Hierarchy, v1Cpuset: boolean, made: string[]): void {
  if (makeDirectory(dir) !== 'made') return;
  made.push(dir);
  if (!v1Cpuset) return;
  fillCpuset(dir, hierarchy.mount);
  cloneCpusetToChildren(dir);
}

/**
 * On pure v2 every controller is wanted, for its figures too; on a hybrid host the v2 tree is touched only for what a limit needs.
 */
export function enableAbove(host: CgroupHost, hierarchy: Hierarchy, dir: string, required: ReadonlySet<Controller>): void {
  const carried = v2Controllers(host);
  const wanted = host.mode === 'v2' ? carried : carried.filter((controller) => required.has(controller));
  if (wanted.length === 0) return;
  // What was delegated to us was enabled for us; above it somebody else writes.
  const from = host.delegated === undefined ? hierarchy.mount : cgroupDir(hierarchy, host.delegated);
  const ours = [hierarchy.mount, ...ancestors(hierarchy, dir)].filter((each) => `${each}/`.startsWith(`${from}/`));
  for (const parent of ours) enableForChildren(host, parent, wanted, required);
}

/** The directories between the mount and `dir`, top-down, without both. */
function ancestors(hierarchy: Hierarchy, dir: string): string[] {
  const parts = dir
    .slice(hierarchy.mount.length + 1)
    .split('/')
    .slice(0, -1);
  return parts.map((_, index) => cgroupDir(hierarchy, `/${parts.slice(0, index + 1).join('/')}`));
}

function makeDirectory(dir: string): 'made' | 'exists' | 'no parent' {
  try {
    mkdirSync(dir, 0o755);
    return 'made';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return 'exists';
    if (code === 'ENOENT') return 'no parent';
    const meaning = MKDIR_MEANINGS[code ?? ''];
    throw new KernelError(
      { syscall: 'mkdir', target: dir, errno: errnoOf(error), ...(meaning !== undefined && { meaning }) },
      error,
    );
  }
}

const MKDIR_MEANINGS: Readonly<Record<string, string>> = {
  EAGAIN: "the parent's cgroup.max.descendants or cgroup.max.depth is reached",
  EROFS: 'the cgroup filesystem is mounted read-only',
  EACCES: 'making cgroups needs root or a delegated parent',
  EPERM: 'making cgroups needs root or a delegated parent',
  ENOSPC: 'the kernel has no more cgroup ids',
};

function removeMade(host: CgroupHost, dir: string): void {
  host.enabledBelow.delete(dir);
  try {
    rmdirSync(dir);
  } catch (error) {
    // A parent that another container has moved into meanwhile stays.
    if (!['ENOENT', 'EBUSY', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
