import type { OomVictim } from '#agent/containers/kernel-witness.js';
import type { BpfObject } from '#native/bpf-object.js';
import type { CgroupOwners } from './cgroup-owners.js';
import { oomRecord } from './trace-oom.js';

/** Who was killed in which container. */
export interface OomVictims {
  /** The last victims of a container (id), oldest first, also those of this very moment. */
  of(container: string): readonly OomVictim[];
}

const KEPT_A_CONTAINER = 16;
const KEPT_CONTAINERS = 1000;

/** Reads the object's ring when asked, so that what the kernel just did is there already. */
export function oomVictims(object: BpfObject, owners: CgroupOwners, clock: { nowMs(): number }): OomVictims {
  const kept = new Map<string, OomVictim[]>();
  const ring = object.ring((bytes) => {
    const { cgroup, memoryCgroup, pid, comm, oomScoreAdj, level, trigger } = oomRecord(bytes, {
      cgroupPath: (space, id) => owners.path(space, id),
    });
    const owner = owners.owner('memory', memoryCgroup) ?? owners.owner('tasks', cgroup);
    if (owner === undefined) return;
    const victims = kept.get(owner.id) ?? [];
    victims.push({ atMs: clock.nowMs(), pid, comm, oomScoreAdj, level, trigger });
    if (victims.length > KEPT_A_CONTAINER) victims.shift();
    // The containers that were struck last stay.
    kept.delete(owner.id);
    kept.set(owner.id, victims);
    const [oldest] = kept.keys();
    if (kept.size > KEPT_CONTAINERS && oldest !== undefined) kept.delete(oldest);
  });
  return {
    of: (container) => {
      owners.refresh();
      ring.consume();
      return kept.get(container) ?? [];
    },
  };
}
