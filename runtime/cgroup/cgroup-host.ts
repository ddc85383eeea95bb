import type { DevicePrograms } from '#native/device-programs.js';
import type { BlockingWrites } from './blocking-writes.js';
import type { Controller } from './controller.js';
import type { WriteCounts } from './write-counts.js';

/** A mounted cgroup hierarchy that containers get a cgroup in. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** Where it is mounted; a cgroup's directory is this and the cgroup's path. */
  readonly mount: string;
  /** Controllers it carries, in our words (`io` for blkio). Empty: it only tracks processes (`name=systemd`, or a bare v2 tree). */
  readonly controllers: readonly Controller[];
}

/** What of the machine decides whether a limit makes sense. */
export interface HostFacts {
  /** Online CPUs and memory nodes, ascending. */
  readonly cpus: readonly number[];
  readonly mems: readonly number[];
  /** Page sizes as hugetlb names them: `2MB`, `1GB`. */
  readonly hugePageSizes: readonly string[];
  readonly pageSizeBytes: number;
}

/**
 * How this host carries cgroups. Made once by detectCgroups and passed in everywhere.
 */
export interface CgroupHost {
  readonly mode: 'v1' | 'v2' | 'hybrid';
  /** Every hierarchy a container gets a cgroup in. */
  readonly hierarchies: readonly Hierarchy[];
  /** The hierarchy of each controller; absent: this host does not have it. */
  readonly carriers: Readonly<Partial<Record<Controller, Hierarchy>>>;
  /** The v2 tree, controllers or not; absent on pure v1. */
  readonly unified: Hierarchy | undefined;
  readonly facts: HostFacts;
  /** Where disks are looked up, `/sys`. */
  readonly sysRoot: string;
  /** Where processes are looked up for messages, `/proc`. */
  readonly procRoot: string;
  /** Controllers the kernel has but that are disabled (cgroup_disable=), for messages. */
  readonly disabled: readonly Controller[];
  /** The cgroup path below which somebody (systemd, Delegate=yes) left the v2 tree to us: nothing above it is written. */
  readonly delegated?: string;
  /** Restricts devices on v2, which has no interface file for it; absent: it cannot be done here. */
  readonly devicePrograms: DevicePrograms | undefined;
  /** Makes writes that may block in the kernel; absent: a thread of the pool makes them, and no deadline ends them. */
  readonly blockingWrites?: BlockingWrites;
  /** Counts what is written of limits; absent: nobody does. */
  readonly writes?: WriteCounts;
  /**
   * v2 directories whose children have controllers, and which: what createCgroup found or enabled, so that it does not ask the kernel
   * for every container. Forgotten when the directory is found missing.
   */
  readonly enabledBelow: Map<string, ReadonlySet<Controller>>;
}

/** The directory of a cgroup path in a hierarchy. */
export function cgroupDir(hierarchy: Hierarchy, path: string): string {
  return hierarchy.mount + path;
}

/** Which version carries a controller here, if any. */
export function carrierVersion(host: CgroupHost, controller: Controller): 'v1' | 'v2' | undefined {
  const carrier = host.carriers[controller];
  return carrier === undefined ? undefined : carrier.version === 1 ? 'v1' : 'v2';
}
