import type { CgroupHost, Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import { cgroupsOf } from './own-cgroups.js';

/** Whom everything else depends on: who freezes or kills them has nobody left to undo it. */
const VITAL = [
  { pid: 'self', who: 'the agent itself' },
  { pid: 1, who: "the machine's first process" },
] as const;

/**
 * Where the agent is and where the process is that all others descend from (systemd's /init.scope): those cgroups, and the ones above, are
 * nobody's to govern, however wide a policy's globs are.
 */
export class VitalCgroups {
  readonly #host: CgroupHost;
  readonly #procRoot: string;
  #places: readonly (readonly [who: string, ReadonlyMap<Hierarchy, string>])[] = [];

  /** As it is now. */
  constructor(host: CgroupHost, procRoot: string) {
    this.#host = host;
    this.#procRoot = procRoot;
    this.renew();
  }

  /** Looks again: somebody may have moved them. */
  renew(): void {
    this.#places = VITAL.map(({ pid, who }) => [who, cgroupsOf(this.#host, this.#procRoot, pid)] as const);
  }

  /** Who of them is in that cgroup, or in one below it; undefined: nobody. */
  whoIn(places: Iterable<readonly [Hierarchy, string]>): string | undefined {
    for (const [hierarchy, path] of places)
      for (const [who, at] of this.#places) if (`${at.get(hierarchy) ?? ''}/`.startsWith(`${path}/`)) return who;
    return undefined;
  }
}
