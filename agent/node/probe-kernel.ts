import { join } from 'node:path';
import type { HostFeature } from '#agent/contract/node.js';
import { degraded, type FeatureText, fileText, missing, ok, tried } from './feature.js';
import type { ProbeHost } from './probe-host.js';

const GROUP = 'kernel';
const MINIMUM = [5, 12] as const;

const VERSION: FeatureText = {
  name: 'kernel version',
  group: GROUP,
  essential: true,
  cost: 'mounts are set up with calls that came with Linux 5.12; containers cannot be launched',
  remedy: 'boot Linux 5.12 or newer',
};
const ADMIN: FeatureText = {
  name: 'CAP_SYS_ADMIN',
  group: GROUP,
  essential: true,
  cost: 'no namespaces, mounts or cgroups can be made',
  remedy: 'run the agent as root with its full capabilities',
};
const RESOURCE: FeatureText = {
  name: 'CAP_SYS_RESOURCE',
  group: GROUP,
  cost: "--ulimit cannot raise a hard limit above the agent's own (warned of), and an --oom-score-adj below its own is refused",
  remedy: 'give the agent CAP_SYS_RESOURCE',
};
const PIDFD: FeatureText = {
  name: 'pidfd',
  group: GROUP,
  essential: true,
  cost: 'a signal could hit a process that took over a pid',
  remedy: 'boot Linux 5.3 or newer, and allow pidfd_open in the seccomp profile around the agent',
};
const OPENAT2: FeatureText = {
  name: 'openat2',
  group: GROUP,
  essential: true,
  cost: 'paths in a hostile root could not be resolved safely; containers cannot be launched',
  remedy: 'boot Linux 5.6 or newer, and allow openat2 in the seccomp profile around the agent',
};
const MOUNT_SETATTR: FeatureText = {
  name: 'mount_setattr',
  group: GROUP,
  essential: true,
  cost: 'mounts cannot be made read-only recursively',
  remedy: 'boot Linux 5.12 or newer',
};
const IDMAP: FeatureText = {
  name: 'idmapped mounts',
  group: GROUP,
  cost: 'the idmap option of mounts is refused',
  remedy: 'boot Linux 5.12 or newer; the file system must support it as well',
};
const INTO_CGROUP: FeatureText = {
  name: 'clone3 CLONE_INTO_CGROUP',
  group: GROUP,
  cost: 'a process enters its v2 cgroup by a write after it was made, which takes longer; it still runs nothing outside of it',
  remedy: 'boot Linux 5.7 or newer',
};

/** Version, the agent's capabilities, and the system calls that launching needs. */
export function probeKernel(host: ProbeHost): HostFeature[] {
  const release = fileText(join(host.procRoot, 'sys/kernel/osrelease')) ?? '';
  const effective = effectiveCapabilities(fileText(join(host.procRoot, 'self/status')) ?? '');
  const has = (bit: bigint) => (effective & (1n << bit)) !== 0n;
  return [
    isAtLeast(release, MINIMUM) ? ok(VERSION, release) : missing(VERSION, release === '' ? 'unknown' : release),
    has(21n) ? ok(ADMIN, 'effective') : missing(ADMIN, 'not among the effective capabilities'),
    has(24n) ? ok(RESOURCE, 'effective') : degraded(RESOURCE, 'not among the effective capabilities'),
    tried(PIDFD, 'pidfd_open', host.kernel.pidfd()),
    tried(OPENAT2, 'openat2', host.kernel.openat2()),
    tried(MOUNT_SETATTR, 'mount_setattr', host.kernel.mountSetattr()),
    tried(IDMAP, 'MOUNT_ATTR_IDMAP', host.kernel.idmappedMounts()),
    tried(INTO_CGROUP, 'clone3', host.kernel.cloneIntoCgroup()),
  ];
}

/** CapEff of /proc/PID/status as a mask of the bits of capabilities(7). */
export function effectiveCapabilities(status: string): bigint {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return hex === undefined ? 0n : BigInt(`0x${hex}`);
}

/** Whether a kernel release (`6.1.0-13-amd64`) is at least that version. */
export function isAtLeast(release: string, [major, minor]: readonly [number, number]): boolean {
  const match = /^(\d+)\.(\d+)/.exec(release);
  if (match === null) return false;
  return Number(match[1]) > major || (Number(match[1]) === major && Number(match[2]) >= minor);
}
