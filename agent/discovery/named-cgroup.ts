import { existsSync } from 'node:fs';
import { AgentError } from '#agent/contract/errors.js';
import { type CgroupHost, cgroupDir, type Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import { checkCgroupPath } from '#runtime/cgroup/cgroup-path.js';

/** The hierarchies that have the cgroup a person names. Throws CGROUP_PATH_INVALID, CONTAINER_NOT_FOUND, STATE_CONFLICT (it is our containers'). */
export function namedCgroup(
  ref: string,
  cgroups: CgroupHost,
  cgroupParent: string,
): { path: string; hierarchies: readonly Hierarchy[] } {
  // systemd escapes with a backslash, which we would not put into a path of ours.
  checkCgroupPath(ref.replaceAll('\\', '_'));
  const path = ref.replace(/\/+$/, '');
  const hierarchies = cgroups.hierarchies.filter((hierarchy) => existsSync(cgroupDir(hierarchy, path)));
  if (hierarchies.length === 0) throw new AgentError('CONTAINER_NOT_FOUND', `no cgroup ${path} in any hierarchy`);
  if (`${path}/`.startsWith(`${cgroupParent}/`))
    throw new AgentError('STATE_CONFLICT', `${path} is of tsgov's own containers: name one of them`);
  return { path, hierarchies };
}
