import type { Governed, GovernedLimits } from '#agent/containers/governed.js';
import { limitEntries } from '#agent/containers/limit-fields.js';
import type { ContainerSnapshot } from '#agent/contract/snapshot.js';
import { type CgroupSet, pathFiles } from '#runtime/cgroup/cgroup-set.js';
import { readSlices } from '#runtime/cgroup/limit-plan.js';

/** Their own runtime changes limits seldom, and reading them all costs as much as a tick. */
const KEEP_MS = 30_000;

/** In one tick at most: those that came together are not read together for ever. */
const MOST_A_TICK = 30;

type LimitValues = ContainerSnapshot['limits'];

interface Known {
  cgroup: CgroupSet;
  /** What we set: a change of that changes what is found. */
  ours: GovernedLimits;
  atMs: number;
  found: LimitValues;
  set: LimitValues;
  all: LimitValues;
}

/** What the kernel holds containers that are not ours to, beside what we set. */
export class ForeignLimits {
  #known = new Map<string, Known>();
  #next = new Map<string, Known>();
  #left = 0;

  /** A tick begins: containers not asked for in the one before are forgotten. */
  begin(): void {
    this.#known = this.#next;
    this.#next = new Map();
    this.#left = MOST_A_TICK;
  }

  /**
   * What was `found`, and `all` with what we `set` before that: as read before, unless that is of another cgroup, or from before a change of ours, or
   * too old and it is this one's turn. The same objects as long as they say the same.
   */
  of({ id, cgroup, limits: ours }: Asked, set: LimitValues, monotonicMs: number): Readonly<Pick<Known, 'found' | 'all'>> {
    const known = this.#known.get(id) ?? this.#next.get(id);
    const due = known !== undefined && monotonicMs - known.atMs >= KEEP_MS && this.#left > 0;
    const asKnown = known !== undefined && known.cgroup === cgroup && known.ours === ours && known.set === set && !due;
    const next = asKnown ? known : unlessChanged(known, { cgroup, ours, atMs: monotonicMs, set, found: read(cgroup) });
    if (due) this.#left -= 1;
    this.#next.set(id, next);
    return next;
  }
}

type Asked = Pick<Governed, 'id' | 'limits'> & { cgroup: CgroupSet };

function unlessChanged(known: Known | undefined, now: Omit<Known, 'all'>): Known {
  const found = known !== undefined && isSame(known.found, now.found) ? known.found : now.found;
  const all = known !== undefined && found === known.found && known.set === now.set ? known.all : { ...found, ...now.set };
  return { ...now, found, all };
}

function isSame(one: LimitValues, other: LimitValues): boolean {
  const paths = Object.keys(one);
  return paths.length === Object.keys(other).length && paths.every((path) => one[path] === other[path]);
}

function read(cgroup: CgroupSet): LimitValues {
  const limits = readSlices(cgroup, ['cpu', 'memory', 'pids'], pathFiles(cgroup));
  return Object.fromEntries(limitEntries(limits).map(({ path, value }) => [path, value]));
}
