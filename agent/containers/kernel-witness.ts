import type { EventView } from '#agent/contract/container.js';
import type { Governed } from './governed.js';

/** A process that the kernel killed for want of memory. */
export interface OomVictim {
  /** When it was read from the kernel. */
  atMs: number;
  pid: number;
  comm: string;
  oomScoreAdj: number;
  /** Cgroup whose limit was reached: its path, `node` where the node's memory ended; undefined: this kernel does not say. */
  level: string | undefined;
  /** Who asked for the page. */
  trigger: { pid: number; comm: string };
}

/** What the kernel tells of containers at the moment it happens; agent/bpf implements it. */
export interface KernelWitness {
  /** A container's cgroup was made and nothing ran in it yet: learn it, as it may be gone before anything of it is read. */
  cgroupMade(container: Governed): void;
  /** The last victims in a container (id), oldest first, those of this very moment too; empty where nobody saw any. */
  oomVictims(container: string): readonly OomVictim[];
}

/** Where BPF is not to be had. */
export const NO_WITNESS: KernelWitness = { cgroupMade: () => undefined, oomVictims: () => [] };

/** The last victim since then, as attributes of an `oom` event. */
export function victimAttributes(witness: KernelWitness, container: string, sinceMs: number): EventView['attributes'] {
  const victim = witness.oomVictims(container).findLast(({ atMs }) => atMs >= sinceMs);
  if (victim === undefined) return {};
  return { victim: victim.comm, victimPid: victim.pid, ...(victim.level === undefined ? {} : { level: victim.level }) };
}
