import { statSync } from 'node:fs';
import type { Owned } from './cgroup-owners.js';

export interface NetworkOwnersOptions {
  containers: () => readonly Owned[];
  procRoot: string;
}

interface Known {
  container: Owned;
  cgroup: Owned['cgroup'];
  /** undefined: it has no process that is known of, or that process ended. */
  inode: number | undefined;
  looks: number;
}

/** Looking at a container costs three files: it is looked at again every so many refreshes, */
const LOOK_EVERY = 16;
/** more often where no process was found. */
const LOOK_EVERY_EMPTY = 4;
/** News of a connection may come after its container's end; the kernel gives the number of a namespace that is gone to a later one. */
const KEEP_REFRESHES = 10;
/** One that appeared may have no process yet. */
const FIRST_LOOKS = 3;

/** Which container a network namespace is of. Processes seldom change theirs: all is remembered, and looked at again in turns. */
export class NetworkOwners {
  readonly #options: NetworkOwnersOptions;
  #known = new Map<string, Known>();
  #turn = 0;
  /** Networks of containers that ended, by inode number, and how long they are still theirs. */
  readonly #gone = new Map<number, { container: Owned; untilTurn: number }>();
  /** By inode number; undefined as value: of several, or the host's. Made when first asked for after a refresh. */
  #owners: Map<number, Owned | undefined> | undefined;

  constructor(options: NetworkOwnersOptions) {
    this.#options = options;
  }

  /** Containers may have come and gone. */
  refresh(): void {
    this.#turn += 1;
    this.#owners = undefined;
  }

  /** The container with this network namespace of its own; undefined: none, or several. */
  owner(inode: number): Owned | undefined {
    this.#owners ??= this.#look();
    return this.#owners.get(inode);
  }

  #look(): Map<number, Owned | undefined> {
    const { procRoot, containers } = this.#options;
    const owners = new Map<number, Owned | undefined>();
    const before = this.#known;
    this.#known = new Map();
    let turn = this.#turn;
    for (const container of containers()) {
      turn += 1;
      const known = this.#lookAt(container, before.get(container.id), turn);
      this.#known.set(container.id, known);
      if (known.inode !== undefined) owners.set(known.inode, owners.has(known.inode) ? undefined : container);
    }
    this.#addGone(before, owners);
    const own = networkOf(procRoot, 'self');
    if (own !== undefined) owners.set(own, undefined);
    return owners;
  }

  #addGone(before: ReadonlyMap<string, Known>, owners: Map<number, Owned | undefined>): void {
    for (const [id, { container, inode }] of before)
      if (inode !== undefined && this.#known.get(id)?.inode !== inode)
        this.#gone.set(inode, { container, untilTurn: this.#turn + KEEP_REFRESHES });
    for (const [inode, { container, untilTurn }] of this.#gone)
      if (owners.has(inode) || this.#turn > untilTurn) this.#gone.delete(inode);
      else owners.set(inode, container);
  }

  #lookAt(container: Owned, before: Known | undefined, turn: number): Known {
    const { cgroup } = container;
    const known = before?.cgroup === cgroup ? before : undefined;
    const due = turn % (known?.inode === undefined ? LOOK_EVERY_EMPTY : LOOK_EVERY) === 0;
    if (known !== undefined && !due && (known.inode !== undefined || known.looks >= FIRST_LOOKS)) return known;
    // Of one that is not ours asking for it reads a file.
    const { pid } = container;
    const inode = pid === undefined ? undefined : networkOf(this.#options.procRoot, String(pid));
    return { container, cgroup, inode, looks: (known?.looks ?? 0) + 1 };
  }
}

function networkOf(procRoot: string, pid: string): number | undefined {
  return statSync(`${procRoot}/${pid}/ns/net`, { throwIfNoEntry: false })?.ino;
}
