import { join } from 'node:path';
import type { HostFeature } from '#agent/contract/node.js';
import { type FeatureText, isThere, missing, ok } from './feature.js';
import type { ProbeHost } from './probe-host.js';

const SYSCTLS: FeatureText = {
  name: 'network settings',
  group: 'network',
  cost: '--sysctl net.… is refused',
  remedy: 'mount /proc with its sys/net part where the agent runs',
};
const IPV6: FeatureText = {
  name: 'IPv6',
  group: 'network',
  cost: 'containers have no IPv6, not even on loopback',
  remedy: 'take ipv6.disable=1 off the kernel command line',
};

/** What a container's own network namespace has. */
export function probeNetwork(host: ProbeHost): HostFeature[] {
  return [
    isThere(join(host.procRoot, 'sys/net/core')) ? ok(SYSCTLS, 'per namespace') : missing(SYSCTLS, 'no /proc/sys/net'),
    isThere(join(host.procRoot, 'net/if_inet6')) ? ok(IPV6, 'there') : missing(IPV6, 'no /proc/net/if_inet6'),
  ];
}
