import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs';
import { cgroupDir, type Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import { isAbsent } from '#runtime/cgroup/interface-file.js';

/** What is done with a directory: left alone with all below; a subject with nothing looked at below; a subject, and so may be what is below. */
export type Sort = 'hidden' | 'closed' | 'open';

export interface TreeChange {
  appeared: string[];
  vanished: string[];
}

/** Where a directory's events are told apart by; undefined: it is gone, or events are not had. */
export type KeyOf = (hierarchy: Hierarchy, path: string, inode: bigint) => string | undefined;

/**
 * The cgroups of one hierarchy, as paths, kept by scans and by what is told of single directories. Directories only are read: a thousand
 * leaves cost a stat(2) each, what is closed costs nothing.
 */
export class CgroupTree {
  readonly hierarchy: Hierarchy;
  readonly #sort: (path: string) => Sort;
  readonly #keyOf: KeyOf;
  readonly #known = new Map<string, string | undefined>();
  readonly #byKey = new Map<string, string>();

  constructor(hierarchy: Hierarchy, sort: (path: string) => Sort, keyOf: KeyOf) {
    this.hierarchy = hierarchy;
    this.#sort = sort;
    this.#keyOf = keyOf;
  }

  /** Looks at everything. */
  scan(): TreeChange {
    const seen = new Set<string>();
    const appeared: string[] = [];
    this.#look('', seen, appeared);
    const vanished = [...this.#known.keys()].filter((path) => path !== '' && !seen.has(path));
    for (const path of vanished) this.#forget(path);
    return { appeared, vanished };
  }

  /** The directory that events name so; undefined: not one that is looked into. */
  pathOf(key: string): string | undefined {
    return this.#byKey.get(key);
  }

  knows(path: string): boolean {
    return this.#known.has(path);
  }

  /** Somebody made a directory; it may be gone again. */
  made(path: string): TreeChange {
    const appeared: string[] = [];
    if (!existsSync(cgroupDir(this.hierarchy, path))) return { appeared, vanished: [] };
    this.#see(path, new Set(), appeared);
    return { appeared, vanished: [] };
  }

  /** Somebody removed one, which only an empty one can be; it may have been seen by others than us. */
  removed(path: string): TreeChange {
    this.#forget(path);
    return { appeared: [], vanished: [path] };
  }

  #forget(path: string): void {
    const key = this.#known.get(path);
    // Its number may be another one's by now.
    if (key !== undefined && this.#byKey.get(key) === path) this.#byKey.delete(key);
    this.#known.delete(path);
  }

  /** `path` is empty for the root. Whether it is there: one of a short life is gone by the time it is told of. */
  #look(path: string, seen: Set<string>, appeared: string[]): boolean {
    const dir = cgroupDir(this.hierarchy, path);
    const stat = statSync(dir, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return false;
    // It may have been made anew unseen: then events have another name for it.
    const [key, known] = [this.#keyOf(this.hierarchy, path, stat.ino), this.#known.get(path)];
    if (known !== undefined && known !== key && this.#byKey.get(known) === path) this.#byKey.delete(known);
    this.#known.set(path, key);
    if (key !== undefined) this.#byKey.set(key, path);
    // Each child directory has a `..` link.
    if (stat.nlink > 2n)
      for (const entry of entriesOf(dir)) if (entry.isDirectory()) this.#see(`${path}/${entry.name}`, seen, appeared);
    return true;
  }

  #see(path: string, seen: Set<string>, appeared: string[]): void {
    const sort = this.#sort(path);
    if (sort === 'hidden') return;
    const isNew = !this.#known.has(path);
    if (isNew) appeared.push(path);
    if (sort !== 'open') {
      if (isNew) this.#known.set(path, undefined);
    } else if (!this.#look(path, seen, appeared)) {
      if (isNew) appeared.pop();
      return;
    }
    seen.add(path);
  }
}

function entriesOf(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}
