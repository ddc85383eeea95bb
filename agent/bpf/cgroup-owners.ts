import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { EventView } from '#agent/contract/container.js';
import type { CgroupById } from '#native/cgroup-by-id.js';
import { type CgroupSet, directoryIn } from '#runtime/cgroup/cgroup-set.js';
import type { IdHierarchy, IdSpace } from './id-space.js';
import { NetworkOwners } from './network-owners.js';

type Subject = NonNullable<EventView['container']>;

/** What may own a cgroup: of agent/containers/governed.ts. */
export interface Owned {
  readonly id: string;
  subject(): Subject;
  readonly cgroup: CgroupSet | undefined;
  readonly pid: number | undefined;
}

export interface CgroupOwnersOptions {
  byId: CgroupById;
  hierarchies: Partial<Record<IdSpace, IdHierarchy>>;
  containers: () => readonly Owned[];
  procRoot: string;
}

/** Whose a cgroup is. */
interface Found {
  /** undefined: nobody's, the host's own. */
  owner: Owned | undefined;
  directory: string;
}

/**
 * Tells which container a cgroup id, as BPF programs have them, belongs to; the cgroups in a container's cgroup are its too. What was
 * learnt is kept after the cgroup is gone, as events of it may still come: ids are never used again.
 */
export class CgroupOwners {
  readonly #options: CgroupOwnersOptions;
  readonly #known: Record<IdSpace, Map<bigint, Found>> = {
    tasks: new Map(),
    io: new Map(),
    memory: new Map(),
    sockets: new Map(),
  };
  /** Containers whose cgroup was learnt, with that cgroup: a restart makes another. */
  readonly #learnt = new Map<string, CgroupSet>();
  #directories = new Map<string, Owned>();
  /** Some were learnt since the last refresh. */
  #stale = false;
  readonly #networks: NetworkOwners;

  constructor(options: CgroupOwnersOptions) {
    this.#options = options;
    this.#networks = new NetworkOwners(options);
  }

  /** Learns a container's cgroup while it is there, so that its events are known when it is gone. */
  learn(container: Owned): void {
    const { cgroup } = container;
    if (cgroup === undefined) return;
    this.#learnt.set(container.id, cgroup);
    this.#learn(container, cgroup);
    this.#stale = true;
  }

  /** Learns the containers that came. Costs little where none did. */
  refresh(): void {
    this.#networks.refresh();
    const containers = this.#options.containers();
    for (const container of containers) if (this.#learnt.get(container.id) !== container.cgroup) this.learn(container);
    if (!this.#stale && this.#learnt.size <= containers.length) return;
    const ids = new Set(containers.map(({ id }) => id));
    for (const id of this.#learnt.keys()) if (!ids.has(id)) this.#learnt.delete(id);
    this.#directories = this.#directoriesOf(containers);
    if (this.#stale) this.#forgetHosts();
    this.#stale = false;
  }

  /** The container a cgroup is of; undefined: of none, or it is gone and was not seen before. */
  owner(space: IdSpace, id: bigint): Subject | undefined {
    return this.#owner(space, id)?.subject();
  }

  /** Its id. */
  ownerId(space: IdSpace, id: bigint): string | undefined {
    return this.#owner(space, id)?.id;
  }

  /** A cgroup's directory; undefined: it is gone. */
  directory(space: IdSpace, id: bigint): string | undefined {
    const hierarchy = this.#options.hierarchies[space]?.hierarchy;
    return hierarchy === undefined ? undefined : this.#options.byId.directory(hierarchy.mount, id);
  }

  /** A cgroup's path in its hierarchy, or what it was; undefined: it is gone and was not seen before. */
  path(space: IdSpace, id: bigint): string | undefined {
    const mount = this.#options.hierarchies[space]?.hierarchy.mount;
    const directory = this.#known[space].get(id)?.directory ?? this.directory(space, id);
    return mount === undefined || directory === undefined ? undefined : directory.slice(mount.length) || '/';
  }

  /** The container with this network namespace (inode number) of its own; undefined: none, or several. */
  ownerOfNetwork(inode: number): Subject | undefined {
    return this.#networks.owner(inode)?.subject();
  }

  /** The container whose cgroup has this path, or is above it, in any hierarchy. */
  ownerOfPath(path: string): Subject | undefined {
    return this.#options
      .containers()
      .find(({ cgroup }) => cgroup !== undefined && `${path}/`.startsWith(`${cgroup.path}/`))
      ?.subject();
  }

  #owner(space: IdSpace, id: bigint): Owned | undefined {
    const known = this.#known[space];
    let found = known.get(id);
    if (found === undefined) {
      const directory = this.directory(space, id);
      // One that is gone is asked about again: it costs little, and its container may be learnt meanwhile.
      if (directory === undefined) return undefined;
      found = { owner: this.#ownerOfDirectory(directory), directory };
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(id, found);
    }
    return found.owner;
  }

  #learn(container: Owned, cgroup: CgroupSet): void {
    for (const [space, { hierarchy }] of Object.entries(this.#options.hierarchies) as [IdSpace, IdHierarchy][]) {
      const dir = directoryIn(cgroup, hierarchy);
      const id = dir === undefined ? undefined : statSync(dir, { bigint: true, throwIfNoEntry: false })?.ino;
      if (dir !== undefined && id !== undefined) this.#known[space].set(id, { owner: container, directory: dir });
    }
  }

  #directoriesOf(containers: readonly Owned[]): Map<string, Owned> {
    const directories = new Map<string, Owned>();
    for (const container of containers)
      for (const { hierarchy } of Object.values(this.#options.hierarchies)) {
        const dir = container.cgroup === undefined ? undefined : directoryIn(container.cgroup, hierarchy);
        if (dir !== undefined) directories.set(dir, container);
      }
    return directories;
  }

  #ownerOfDirectory(directory: string): Owned | undefined {
    for (let at = directory; at.length > 1; at = dirname(at)) {
      const owner = this.#directories.get(at);
      if (owner !== undefined) return owner;
    }
    return undefined;
  }

  /** A cgroup that was the host's may be one of a container that was just found. */
  #forgetHosts(): void {
    for (const known of Object.values(this.#known))
      for (const [id, { owner }] of known) if (owner === undefined) known.delete(id);
  }
}

/** Far more than a node has; a bound all the same. */
const MAX_KNOWN = 100_000;
