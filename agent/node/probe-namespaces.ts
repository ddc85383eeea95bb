import { join } from 'node:path';
import type { HostFeature } from '#agent/contract/node.js';
import { type FeatureText, fileText, isThere, missing, ok } from './feature.js';
import type { ProbeHost } from './probe-host.js';

const GROUP = 'namespaces';

/** `link` below /proc/PID/ns, `limit` below /proc/sys/user (namespaces(7)). */
const TYPES: readonly { name: string; link: string; limit: string; essential?: true; cost: string }[] = [
  { name: 'mount', link: 'mnt', limit: 'max_mnt_namespaces', essential: true, cost: 'containers cannot be launched' },
  { name: 'pid', link: 'pid', limit: 'max_pid_namespaces', essential: true, cost: 'containers cannot be launched' },
  {
    name: 'uts',
    link: 'uts',
    limit: 'max_uts_namespaces',
    essential: true,
    cost: 'containers cannot have a host name of their own',
  },
  { name: 'ipc', link: 'ipc', limit: 'max_ipc_namespaces', essential: true, cost: "containers see each other's System V IPC" },
  { name: 'network', link: 'net', limit: 'max_net_namespaces', essential: true, cost: "containers share the node's network" },
  { name: 'cgroup', link: 'cgroup', limit: 'max_cgroup_namespaces', cost: "containers see the node's cgroup paths" },
  { name: 'user', link: 'user', limit: 'max_user_namespaces', cost: '--userns and idmapped mounts are refused' },
  { name: 'time', link: 'time_for_children', limit: 'max_time_namespaces', cost: 'time offsets are refused' },
];

/** Settings that keep processes without privileges from making user namespaces; root may still. */
const UNPRIVILEGED_SWITCHES = [
  { file: 'sys/kernel/unprivileged_userns_clone', off: '0' },
  { file: 'sys/kernel/apparmor_restrict_unprivileged_userns', off: '1' },
] as const;

/** Each namespace type: whether the kernel has it and lets more be made. */
export function probeNamespaces(host: ProbeHost): HostFeature[] {
  return TYPES.map((type) => {
    const text: FeatureText = {
      name: `${type.name} namespaces`,
      group: GROUP,
      cost: type.cost,
      remedy: `boot a kernel with ${type.name} namespaces`,
      ...(type.essential === true ? { essential: true } : {}),
    };
    if (!isThere(join(host.procRoot, 'self/ns', type.link))) return missing(text, 'this kernel does not have them');
    const limit = fileText(join(host.procRoot, 'sys/user', type.limit));
    if (limit === '0') return missing({ ...text, remedy: `sysctl -w user.${type.limit}=16384` }, `user.${type.limit} is 0`);
    return ok(text, type.name === 'user' ? userDetail(host, limit) : limitDetail(limit));
  });
}

function limitDetail(limit: string | undefined): string {
  return limit === undefined ? 'there' : `up to ${limit}`;
}

function userDetail(host: ProbeHost, limit: string | undefined): string {
  const off = UNPRIVILEGED_SWITCHES.find((entry) => fileText(join(host.procRoot, entry.file)) === entry.off);
  return off === undefined
    ? limitDetail(limit)
    : `${limitDetail(limit)}, for root only (${off.file.slice('sys/'.length).replaceAll('/', '.')})`;
}
