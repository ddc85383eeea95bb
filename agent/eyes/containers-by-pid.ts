import type { ContainerName } from '#agent/contract/namespaces.js';
import type { Pause } from '#agent/processes/pause.js';
import { type CgroupSet, directories } from '#runtime/cgroup/cgroup-set.js';
import { procsBelow } from '#runtime/cgroup/procs.js';

/** A container, ours or not, as far as we look at its processes: part of Governed. */
export interface Watched {
  readonly id: string;
  readonly name: string;
  readonly cgroup: CgroupSet | undefined;
  readonly running: boolean;
  readonly pid: number | undefined;
  subject(): { id: string; name: string; runtime: string };
}

/**
 * Which container each process is in; of cgroups in one another the inner one. A single hierarchy is asked, one all processes of a
 * container are in: 1,000 containers in nine would be 9,000 files.
 */
export async function containersByPid(containers: readonly Watched[], pause: Pause): Promise<Map<number, ContainerName>> {
  const byPid = new Map<number, ContainerName>();
  const depth = ({ cgroup }: Watched): number => cgroup?.path.split('/').length ?? 0;
  for (const each of [...containers].sort((a, b) => depth(a) - depth(b))) {
    const { cgroup } = each;
    if (cgroup === undefined) continue;
    const { id, name, runtime } = each.subject();
    for (const pid of pidsInOneHierarchy(cgroup)) byPid.set(pid, { id, name, runtime });
    const waiting = pause();
    if (waiting !== undefined) await waiting;
  }
  return byPid;
}

/** Docker's containers have no v2 twin on hybrid hosts: the first hierarchy that has anybody tells. */
function pidsInOneHierarchy(cgroup: CgroupSet): number[] {
  for (const { dir } of directories(cgroup)) {
    const pids = procsBelow(dir);
    if (pids.length > 0) return pids;
  }
  return [];
}
