import type { Syscalls } from '#native/libc.js';
import type { CgroupHost, Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import type { Timers } from './timers.js';
import { CgroupTree, type KeyOf, type Sort, type TreeChange } from './tree.js';
import { type DirectoryEvent, type DirectoryWatch, watchDirectories } from './watch.js';

export interface TreesOptions {
  cgroups: CgroupHost;
  /** To hear of changes at once; absent: by scans alone. */
  syscalls: Syscalls | undefined;
  timers: Timers;
  sort(path: string): Sort;
  onChange(hierarchy: Hierarchy, change: TreeChange): void;
  /** So much happened that events were lost. */
  onLost(): void;
  onFault(what: string, error: unknown): void;
}

const SCAN_MS = 1000;
/** With events a scan is only a safety net. */
const SCAN_WITH_EVENTS_MS = 30_000;

/** The cgroups of all hierarchies, followed by events where the kernel tells them, and by scans. */
export class CgroupTrees {
  readonly #options: TreesOptions;
  readonly #trees: CgroupTree[];
  #watch: DirectoryWatch | undefined;
  #keyOf: KeyOf = () => undefined;
  /** Why changes are seen only by scans; undefined: they are told at once. */
  refused: string | undefined = 'not started';

  constructor(options: TreesOptions) {
    const keyOf: KeyOf = (...args) => this.#keyOf(...args);
    this.#options = options;
    this.#trees = options.cgroups.hierarchies.map((hierarchy) => new CgroupTree(hierarchy, options.sort, keyOf));
  }

  close(): void {
    this.#watch?.close();
  }

  /** From now on changes are told of as they happen, where that can be. */
  listen(): void {
    const { syscalls, cgroups, onFault } = this.#options;
    if (syscalls === undefined) {
      this.refused = 'not asked for';
      return;
    }
    const watch = watchDirectories(
      syscalls,
      cgroups,
      (events) => this.#heard(events),
      (error) => onFault('follow cgroups', error),
    );
    if ('refused' in watch) this.refused = watch.refused;
    else {
      this.#watch = watch;
      this.#keyOf = watch.keyOf;
      this.refused = undefined;
    }
  }

  /** Looks at all hierarchies, one with each step. */
  *scanning(): Generator<void> {
    for (const tree of this.#trees) {
      this.#tell(tree, tree.scan());
      yield;
    }
  }

  scan(): void {
    for (const _ of this.scanning());
  }

  /** Looks again and again, at one hierarchy at a time, so that none of this takes long; `afterwards` is told when all had their turn. */
  scanOnAndOn(afterwards: (round: boolean) => void, turn = 0): void {
    const everyMs = this.#watch === undefined ? SCAN_MS : SCAN_WITH_EVENTS_MS;
    this.#options.timers.after(everyMs / this.#trees.length, () => {
      const tree = this.#trees[turn % this.#trees.length];
      try {
        if (tree !== undefined) {
          const change = tree.scan();
          this.#tell(tree, change);
          // Its other hierarchies would have their turn only as the second goes on, and limits not reach them until then.
          for (const path of change.appeared) this.lookAt(path);
        }
        afterwards(turn % this.#trees.length === 0);
      } catch (error) {
        this.#options.onFault('look for containers', error);
      }
      this.scanOnAndOn(afterwards, turn + 1);
    });
  }

  /** Whether hierarchies have this cgroup that it was not seen in yet. */
  lookAt(path: string): void {
    for (const tree of this.#trees) if (!tree.knows(path)) this.#tell(tree, tree.made(path));
  }

  /** What is in these places went and was made anew, unseen. */
  madeAnew(places: Iterable<readonly [Hierarchy, string]>): void {
    const were = [...places].map(([hierarchy, path]) => ({
      tree: this.#trees.find((each) => each.hierarchy === hierarchy)!,
      path,
    }));
    for (const { tree, path } of were) this.#tell(tree, tree.removed(path));
    for (const { tree, path } of were) this.#tell(tree, tree.made(path));
  }

  #heard(events: readonly DirectoryEvent[]): void {
    if (events.some(({ parent }) => parent === undefined)) {
      this.#options.onLost();
      return;
    }
    for (const { parent, name, made, removed } of events) {
      for (const tree of this.#trees) {
        const above = tree.pathOf(parent!);
        if (above === undefined) continue;
        if (removed) this.#tell(tree, tree.removed(`${above}/${name}`));
        if (made) this.#tell(tree, tree.made(`${above}/${name}`));
        break;
      }
    }
  }

  #tell({ hierarchy }: CgroupTree, change: TreeChange): void {
    this.#options.onChange(hierarchy, change);
  }
}
