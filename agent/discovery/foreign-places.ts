import { statSync } from 'node:fs';
import { type CgroupHost, cgroupDir, type Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';

/** Where one container is: its cgroup in each hierarchy that has one. */
export class ForeignPlaces {
  readonly #host: CgroupHost;
  readonly #places = new Map<Hierarchy, string>();
  #cgroup: CgroupSet | undefined;
  #path: string;

  /** `path` is what it has before it is anywhere. */
  constructor(host: CgroupHost, path: string) {
    this.#host = host;
    this.#path = path;
  }

  get all(): ReadonlyMap<Hierarchy, string> {
    return this.#places;
  }

  /** Its path in the v2 tree, or else in the first hierarchy it is in; once it is gone, the last it had. */
  get path(): string {
    return this.#path;
  }

  get cgroup(): CgroupSet | undefined {
    if (this.#places.size === 0) return undefined;
    this.#cgroup ??= { host: this.#host, path: this.#path, places: new Map(this.#places), conditions: [] };
    return this.#cgroup;
  }

  /** Its directory in the hierarchy that `path` is of. */
  get dir(): string | undefined {
    const first = this.#first();
    return first === undefined ? undefined : cgroupDir(...first);
  }

  /** Seen in a hierarchy, or (undefined) gone from it. */
  place(hierarchy: Hierarchy, path: string | undefined): void {
    if (path === undefined) this.#places.delete(hierarchy);
    else this.#places.set(hierarchy, path);
    this.#path = this.#first()?.[1] ?? this.#path;
    this.#cgroup = undefined;
  }

  /** What tells it from any other: a cgroup's inode number is never used twice between two boots. */
  identity(): { dir: string; inode: string } | undefined {
    for (const [hierarchy, path] of this.#places) {
      const dir = cgroupDir(hierarchy, path);
      const inode = inodeOf(dir);
      if (inode !== undefined) return { dir, inode };
    }
    return undefined;
  }

  #first(): readonly [Hierarchy, string] | undefined {
    const { unified, hierarchies } = this.#host;
    for (const hierarchy of unified === undefined ? hierarchies : [unified, ...hierarchies]) {
      const path = this.#places.get(hierarchy);
      if (path !== undefined) return [hierarchy, path];
    }
    return undefined;
  }
}

export function inodeOf(dir: string): string | undefined {
  return statSync(dir, { bigint: true, throwIfNoEntry: false })?.ino.toString();
}
