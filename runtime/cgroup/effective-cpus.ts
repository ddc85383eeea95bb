import { carrierVersion } from './cgroup-host.js';
import { type CgroupSet, directoryOf } from './cgroup-set.js';
import { parseCpuList } from './cpu-list.js';
import { firstLine, readInterfaceFile } from './interface-file.js';

const FILES = { v1: 'cpuset.effective_cpus', v2: 'cpuset.cpus.effective' } as const;

/** CPUs that a cgroup's processes may run on, whoever narrowed them; all that are online where no cpuset controller is. */
export function effectiveCpus(set: CgroupSet): readonly number[] {
  const dir = directoryOf(set, 'cpuset');
  const version = carrierVersion(set.host, 'cpuset');
  if (dir === undefined || version === undefined) return set.host.facts.cpus;
  const text = firstLine(readInterfaceFile(`${dir}/${FILES[version]}`, Buffer.allocUnsafe(LARGEST_BYTES)));
  const cpus = text === undefined ? undefined : parseCpuList(text.trim());
  return cpus === undefined || cpus.length === 0 ? set.host.facts.cpus : cpus;
}

const LARGEST_BYTES = 1 << 14;
