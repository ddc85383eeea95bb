import type { Governed } from '#agent/containers/governed.js';
import { type CgroupSet, directories } from '#runtime/cgroup/cgroup-set.js';

interface Entry {
  container: Governed;
  set: CgroupSet;
}

/** Finds the governed container that a cgroup directory is of, as fanotify names directories. Learns of new ones when it misses, once a batch. */
export class CgroupIndex {
  readonly #keyOf: (dir: string) => string | undefined;
  readonly #governed: () => readonly Governed[];
  #byKey = new Map<string, Entry>();
  #byPath = new Map<string, Governed>();
  #known = new WeakSet<CgroupSet>();
  /** Nothing can have come since it was looked for. */
  #upToDate = false;
  /** Entries of containers that ended are dropped once there are more of these than so many. */
  #sweepAt = 64;

  constructor(keyOf: (dir: string) => string | undefined, governed: () => readonly Governed[]) {
    this.#keyOf = keyOf;
    this.#governed = governed;
  }

  /** Another batch of events, all of which are looked at in one go. */
  begin(): void {
    this.#upToDate = false;
  }

  find(key: string): Governed | undefined {
    // One that was seen in a hierarchy more, or turned out to be a runtime's, is there under an earlier set.
    const known = holderOf(this.#byKey.get(key));
    return known ?? (this.#learn() ? holderOf(this.#byKey.get(key)) : undefined);
  }

  /** The container whose cgroup a path is, or lies in. */
  containerAt(path: string): Governed | undefined {
    this.#learn();
    for (let at = path; at.length > 1; at = at.slice(0, at.lastIndexOf('/'))) {
      const container = this.#byPath.get(at);
      if (container?.cgroup?.path === at) return container;
    }
    return undefined;
  }

  /** Whether there was anything new. */
  #learn(): boolean {
    if (this.#upToDate) return false;
    this.#upToDate = true;
    let learnt = false;
    for (const container of this.#governed()) {
      const set = container.cgroup;
      if (set === undefined || this.#known.has(set)) continue;
      this.#known.add(set);
      this.#byPath.set(set.path, container);
      for (const { dir } of directories(set)) {
        const key = this.#keyOf(dir);
        if (key !== undefined) this.#byKey.set(key, { container, set });
      }
      learnt = true;
    }
    if (this.#byKey.size > this.#sweepAt) this.#sweep();
    return learnt;
  }

  #sweep(): void {
    this.#byKey = new Map([...this.#byKey].filter(([, { container, set }]) => container.cgroup === set));
    this.#byPath = new Map([...this.#byPath].filter(([path, container]) => container.cgroup?.path === path));
    this.#sweepAt = Math.max(64, 2 * this.#byKey.size);
  }
}

function holderOf(entry: Entry | undefined): Governed | undefined {
  return entry?.container.cgroup === entry?.set ? entry?.container : undefined;
}
