import { AgentError } from '#agent/contract/errors.js';
import type { DevicePrograms } from '#native/device-programs.js';
import { readXattr } from '#native/xattr.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import { checkCgroupPath } from '#runtime/cgroup/cgroup-path.js';
import { findDelegated, ownCgroup, useDelegated } from '#runtime/cgroup/delegation.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import type { Machine } from './machine.js';

const AUTO = 'auto';
const DEFAULT_PARENT = '/tsgov';

/** The host's cgroups and where in them containers go. A parent that systemd delegated, or that lies in one, is all we write to. */
export function placeContainers(
  machine: Machine,
  asked: string,
  devicePrograms: DevicePrograms | undefined,
): { cgroups: CgroupHost; cgroupParent: string } {
  const { procRoot, sysRoot, syscalls } = machine;
  const cgroups = detectCgroups({ procRoot, sysRoot, mountPrefix: '' }, devicePrograms);
  const xattr = (path: string, name: string) => readXattr(syscalls, path, name);
  const delegated = findDelegated(cgroups, asked === AUTO ? ownCgroup(procRoot) : asked, xattr);
  if (delegated === undefined) return { cgroups, cgroupParent: asked === AUTO ? DEFAULT_PARENT : asked };
  return { cgroups: useDelegated(cgroups, delegated), cgroupParent: asked === AUTO ? delegated : asked };
}

/** `--cgroup-parent`, checked; throws USAGE. */
export function checkedParent(path: string): string {
  if (path === AUTO) return path;
  try {
    return checkCgroupPath(path);
  } catch (error) {
    throw new AgentError('USAGE', `--cgroup-parent: ${(error as Error).message}`, { field: 'cgroupParent', cause: error });
  }
}
