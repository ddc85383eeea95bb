import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostFacts } from './cgroup-host.js';
import { parseCpuList } from './cpu-list.js';

const AT_PAGESZ = 6n;
const DEFAULT_PAGE_BYTES = 4096;

/** Reads HostFacts from sysfs and /proc/self/auxv (getauxval(3)); a kernel without NUMA or hugepages has node 0 and no sizes. */
export function readHostFacts(procRoot: string, sysRoot: string): HostFacts {
  const cpus = onlineList(join(sysRoot, 'devices/system/cpu/online'));
  return {
    cpus: cpus.length > 0 ? cpus : [0],
    mems: onlineList(join(sysRoot, 'devices/system/node/online'), [0]),
    hugePageSizes: hugePageSizes(join(sysRoot, 'kernel/mm/hugepages')),
    pageSizeBytes: pageSize(join(procRoot, 'self/auxv')),
  };
}

function onlineList(path: string, fallback: number[] = []): number[] {
  const text = unlessMissing(() => readFileSync(path, 'latin1'));
  return (text === undefined ? undefined : parseCpuList(text)) ?? fallback;
}

function hugePageSizes(dir: string): string[] {
  const names = unlessMissing(() => readdirSync(dir)) ?? [];
  return names
    .map((name) => Number(/^hugepages-(\d+)kB$/.exec(name)?.[1]))
    .filter((kib) => Number.isInteger(kib))
    .sort((a, b) => a - b)
    .map(hugePageName);
}

// As mm/hugetlb_cgroup.c mem_fmt() names them.
function hugePageName(kib: number): string {
  if (kib >= 1 << 20) return `${kib >> 20}GB`;
  return kib >= 1 << 10 ? `${kib >> 10}MB` : `${kib}KB`;
}

function pageSize(auxvPath: string): number {
  const auxv = unlessMissing(() => readFileSync(auxvPath));
  for (let at = 0; auxv !== undefined && at + 16 <= auxv.length; at += 16)
    if (auxv.readBigUInt64LE(at) === AT_PAGESZ) return Number(auxv.readBigUInt64LE(at + 8));
  return DEFAULT_PAGE_BYTES;
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
