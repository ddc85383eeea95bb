import type { Governed, GovernedLimits } from '#agent/containers/governed.js';
import { limitEntries } from '#agent/containers/limit-fields.js';
import type { ContainerSnapshot } from '#agent/contract/snapshot.js';
import { type CgroupSet, pathFiles } from '#runtime/cgroup/cgroup-set.js';
import { readSlices } from '#runtime/cgroup/limit-plan.js';

/** Their own runtime changes limits seldom, and reading them all costs as much as a tick. */
const KEEP_MS = 30_000;

/** In one tick at most: those that came together are not read together for ever. */
const MOST_A_TICK = 30;

interface Known {
  cgroup: CgroupSet;
  /** What we set: a change of that changes what is found. */
  ours: GovernedLimits;
  atMs: number;
  limits: ContainerSnapshot['limits'];
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

  /** As read before, unless that is of another cgroup, or from before a change of ours, or too old and it is this one's turn. */
  of({ id, cgroup, limits: ours }: Asked, monotonicMs: number): ContainerSnapshot['limits'] {
    const known = this.#known.get(id) ?? this.#next.get(id);
    const due = known !== undefined && monotonicMs - known.atMs >= KEEP_MS && this.#left > 0;
    const fresh =
      known === undefined || known.cgroup !== cgroup || known.ours !== ours || due ? read(cgroup, ours, monotonicMs) : known;
    if (due) this.#left -= 1;
    this.#next.set(id, fresh);
    return fresh.limits;
  }
}

type Asked = Pick<Governed, 'id' | 'limits'> & { cgroup: CgroupSet };

function read(cgroup: CgroupSet, ours: GovernedLimits, atMs: number): Known {
  const limits = readSlices(cgroup, ['cpu', 'memory', 'pids'], pathFiles(cgroup));
  return { cgroup, ours, atMs, limits: Object.fromEntries(limitEntries(limits).map(({ path, value }) => [path, value])) };
}
