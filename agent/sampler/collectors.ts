import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import type { Collector, CollectorsOf } from './collector.js';
import { cpuCollectors } from './collectors/cpu.js';
import { freezerCollectors } from './collectors/freezer.js';
import { ioCollectors } from './collectors/io.js';
import { memoryCollectors } from './collectors/memory.js';
import { pidsCollectors } from './collectors/pids.js';
import { pressureCollectors } from './collectors/pressure.js';

const ALL: readonly CollectorsOf[] = [
  cpuCollectors,
  memoryCollectors,
  pidsCollectors,
  pressureCollectors,
  ioCollectors,
  freezerCollectors,
];

/** Every file that is read of a cgroup of this host, in the order they are read. */
export function collectorsOf(host: CgroupHost): Collector[] {
  return ALL.flatMap((of) => of(host));
}
