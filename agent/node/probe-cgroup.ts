import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HostFeature } from '#agent/contract/node.js';
import { type CgroupHost, carrierVersion, type Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import type { Controller } from '#runtime/cgroup/controller.js';
import { degraded, type FeatureText, fileText, isThere, missing, ok } from './feature.js';
import type { ProbeHost } from './probe-host.js';
import { isAtLeast } from './probe-kernel.js';

const GROUP = 'cgroup';
const MOUNT_V2 = 'boot with systemd.unified_cgroup_hierarchy=1 (or cgroup_no_v1=all) so that cgroup v2 carries every controller';

const MODE: FeatureText = {
  name: 'cgroup filesystem',
  group: GROUP,
  essential: true,
  cost: 'no limits, no figures, no freezing; containers cannot be launched',
  remedy: 'mount -t cgroup2 none /sys/fs/cgroup',
};

/** By controller: what is lost without it; and where v1 carries it, what only v2 does. */
const CONTROLLERS: readonly { controller: Controller; essential?: true; cost: string; v1Cost?: string }[] = [
  { controller: 'cpu', essential: true, cost: 'no CPU limits or weights' },
  { controller: 'cpuset', cost: '--cpuset-cpus and --cpuset-mems are refused' },
  {
    controller: 'memory',
    essential: true,
    cost: 'no memory limits',
    v1Cost: 'memory.high, memory.min and oomGroup need cgroup v2; memory.low is a soft limit only',
  },
  {
    controller: 'io',
    cost: 'no I/O limits or weights',
    v1Cost: 'buffered writes are not throttled, only direct and synchronous ones',
  },
  { controller: 'pids', essential: true, cost: 'no limit on processes: a fork bomb takes the node down' },
  { controller: 'freezer', cost: 'containers cannot be frozen' },
  { controller: 'devices', cost: 'containers can open every device node they can make or see' },
  { controller: 'hugetlb', cost: 'hugetlb limits are refused' },
];

const KILL: FeatureText = {
  name: 'cgroup.kill',
  group: GROUP,
  cost: 'all of a container is killed process by process, which takes longer',
  remedy: 'boot Linux 5.14 or newer with a cgroup v2 tree',
};
const SWAP: FeatureText = {
  name: 'swap accounting',
  group: GROUP,
  cost: 'memory.swap (--memory-swap) is refused and swap use is not shown',
  remedy: 'boot with swapaccount=1 (cgroup v1), or a kernel with CONFIG_SWAP and cgroup v2',
};
const DRIFT: FeatureText = {
  name: 'fanotify on cgroups',
  group: GROUP,
  cost: 'changes of limits by others are found by reading them again every 5 s, and nobody knows who made them',
  remedy: 'Linux 5.1 or newer and CAP_SYS_ADMIN in the initial user namespace',
};

/** Which hierarchy carries each controller, and what the cgroup filesystems can do beside. */
export function probeCgroup(host: ProbeHost): HostFeature[] {
  const { cgroups } = host;
  if (cgroups === undefined) return [missing(MODE, 'none is mounted')];
  const mounts = cgroups.hierarchies.map((hierarchy) => hierarchy.mount);
  return [
    ok(MODE, `${cgroups.mode} (${mounts.length} ${mounts.length === 1 ? 'hierarchy' : 'hierarchies'})`),
    ...CONTROLLERS.map((entry) => controllerFeature(cgroups, entry)),
    killFeature(host, cgroups),
    swapFeature(host, cgroups),
    driftFeature(host, mounts),
  ];
}

function controllerFeature(cgroups: CgroupHost, entry: (typeof CONTROLLERS)[number]): HostFeature {
  const disabled = cgroups.disabled.includes(entry.controller);
  const text: FeatureText = {
    name: `${entry.controller} controller`,
    group: GROUP,
    cost: entry.cost,
    remedy: disabled
      ? `take cgroup_disable=${entry.controller} off the kernel command line`
      : `boot a kernel with the ${entry.controller} controller, or mount it`,
    ...(entry.essential === true ? { essential: true } : {}),
  };
  const carrier = cgroups.carriers[entry.controller];
  if (carrier === undefined) return missing(text, disabled ? 'disabled at boot' : 'no mounted hierarchy carries it');
  const detail = `${carrierVersion(cgroups, entry.controller)} at ${carrier.mount}`;
  if (carrier.version === 2 || entry.v1Cost === undefined) return ok(text, detail);
  return degraded({ ...text, cost: entry.v1Cost, remedy: MOUNT_V2 }, detail);
}

function killFeature(host: ProbeHost, cgroups: CgroupHost): HostFeature {
  const { unified } = cgroups;
  if (unified === undefined) return missing(KILL, 'no cgroup v2 tree');
  const child = anyChild(unified);
  // The root has none: without a cgroup below it, only the version tells.
  if (child === undefined) {
    const release = fileText(join(host.procRoot, 'sys/kernel/osrelease')) ?? 'unknown';
    return isAtLeast(release, [5, 14]) ? ok(KILL, `Linux ${release}`) : missing(KILL, `Linux ${release}`);
  }
  return isThere(join(child, 'cgroup.kill')) ? ok(KILL, `in ${unified.mount}`) : missing(KILL, 'this kernel does not have it');
}

function swapFeature(host: ProbeHost, cgroups: CgroupHost): HostFeature {
  const carrier = cgroups.carriers.memory;
  if (carrier === undefined) return missing(SWAP, 'no memory controller');
  if (carrier.version === 1) {
    const file = join(carrier.mount, 'memory.memsw.limit_in_bytes');
    return isThere(file) ? ok(SWAP, 'memory.memsw.limit_in_bytes') : missing(SWAP, 'memory.memsw.limit_in_bytes is not there');
  }
  const child = anyChild(carrier, 'memory.max');
  // The root has none: without a cgroup below it, a kernel built with swap has it.
  if (child === undefined)
    return isThere(join(host.procRoot, 'swaps')) ? ok(SWAP, 'kernel with swap') : missing(SWAP, 'kernel without swap');
  return isThere(join(child, 'memory.swap.max')) ? ok(SWAP, 'memory.swap.max') : missing(SWAP, 'memory.swap.max is not there');
}

function driftFeature(host: ProbeHost, mounts: readonly string[]): HostFeature {
  const refused = mounts.flatMap((mount) => {
    const refusal = host.kernel.fanotifyFilesystem(mount);
    return refusal === undefined ? [] : [`${mount}: ${refusal}`];
  });
  if (refused.length === 0) return ok(DRIFT, 'FAN_MODIFY on every hierarchy');
  return refused.length === mounts.length ? missing(DRIFT, refused[0]!) : degraded(DRIFT, refused.join('; '));
}

/** A cgroup below the root, where given one that has `file`. */
export function anyChild(hierarchy: Hierarchy, file?: string): string | undefined {
  return readdirSync(hierarchy.mount, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(hierarchy.mount, entry.name))
    .find((dir) => file === undefined || isThere(join(dir, file)));
}
