import { join } from 'node:path';
import type { HostFeature } from '#agent/contract/node.js';
import { degraded, type FeatureText, fileText, isThere, missing, ok } from './feature.js';
import { anyChild } from './probe-cgroup.js';
import type { ProbeHost } from './probe-host.js';

const NODE: FeatureText = {
  name: 'PSI',
  group: 'pressure',
  cost: 'no pressure figures: rules on memory, cpu and io pressure never fire',
  remedy: 'boot a kernel with CONFIG_PSI, with psi=1 on its command line',
};
const CGROUP: FeatureText = {
  name: 'PSI per cgroup',
  group: 'pressure',
  cost: "only the node's pressure is known, not whose it is",
  remedy: 'boot with a cgroup v2 tree (hybrid will do) on Linux 4.20 or newer with psi=1',
};

/** Pressure stall information of the node and of each cgroup. Source: kernel Documentation/accounting/psi.rst. */
export function probePsi(host: ProbeHost): HostFeature[] {
  const readable = ['cpu', 'memory', 'io'].filter((name) => fileText(join(host.procRoot, 'pressure', name)) !== undefined);
  return [
    readable.length === 3
      ? ok(NODE, readable.join(', '))
      : missing(NODE, readable.length === 0 ? 'off' : `only ${readable.join(', ')}`),
    cgroupPsi(host),
  ];
}

function cgroupPsi(host: ProbeHost): HostFeature {
  const unified = host.cgroups?.unified;
  if (unified === undefined) return missing(CGROUP, 'no cgroup v2 tree');
  const dir = anyChild(unified) ?? unified.mount;
  if (!isThere(join(dir, 'cpu.pressure'))) return missing(CGROUP, `no cpu.pressure in ${dir}`);
  const cpu = fileText(join(dir, 'cpu.pressure'));
  return cpu === undefined ? missing(CGROUP, `${dir}/cpu.pressure cannot be read`) : withMemory(dir);
}

function withMemory(dir: string): HostFeature {
  const lacking = ['memory.pressure', 'io.pressure'].filter((file) => fileText(join(dir, file)) === undefined);
  return lacking.length === 0 ? ok(CGROUP, 'cpu, memory, io') : degraded(CGROUP, `no ${lacking.join(', ')}`);
}
