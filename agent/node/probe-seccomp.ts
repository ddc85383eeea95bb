import { join } from 'node:path';
import type { HostFeature } from '#agent/contract/node.js';
import { type FeatureText, fileText, missing, ok } from './feature.js';
import type { ProbeHost } from './probe-host.js';

const FILTER: FeatureText = {
  name: 'seccomp filter',
  group: 'seccomp',
  cost: 'containers can make every system call; a profile is refused',
  remedy: 'boot a kernel with CONFIG_SECCOMP_FILTER',
};
const LIBRARY: FeatureText = {
  name: 'libseccomp',
  group: 'seccomp',
  cost: 'profiles cannot be compiled: containers need --security-opt seccomp=unconfined',
  remedy: 'apt-get install libseccomp2 (2.5 or newer), or the like of your distribution',
};

/** The kernel's filters and the library that compiles profiles for them. */
export function probeSeccomp(host: ProbeHost): HostFeature[] {
  const actions = fileText(join(host.procRoot, 'sys/kernel/seccomp/actions_avail'));
  const version = host.kernel.libseccomp();
  return [
    actions === undefined ? missing(FILTER, 'no /proc/sys/kernel/seccomp') : ok(FILTER, `actions: ${actions}`),
    version === undefined ? missing(LIBRARY, 'libseccomp.so.2 cannot be loaded') : ok(LIBRARY, version),
  ];
}
