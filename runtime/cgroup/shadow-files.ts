import type { CgroupSet } from './cgroup-set.js';
import type { InterfaceFiles } from './controller.js';
import { parseLimit } from './interface-file.js';
import type { Limits, OrMax } from './limits.js';
import { bfqWeightFromIo } from './weights.js';

/**
 * Some limits are written to two files and read from one: huge pages in use and reserved, and v2's two I/O weights. Answers those of `limits`
 * whose other file says something else than that limit makes it say, by path (`hugetlb.2MB`, `io.weight`), with what it says.
 */
export function readShadows(set: CgroupSet, limits: Limits, files: InterfaceFiles): Map<string, OrMax> {
  const { carriers } = set.host;
  const off = new Map<string, OrMax>();
  const suffix = carriers.hugetlb?.version === 1 ? 'limit_in_bytes' : 'max';
  for (const size of carriers.hugetlb === undefined ? [] : Object.keys(limits.hugetlb ?? {})) {
    const inUse = parseLimit(files.read('hugetlb', `hugetlb.${size}.${suffix}`));
    const reserved = parseLimit(files.read('hugetlb', `hugetlb.${size}.rsvd.${suffix}`));
    if (inUse !== undefined && reserved !== undefined && inUse !== reserved) off.set(`hugetlb.${size}`, reserved);
  }
  const { weight, blkioWeight } = limits.io ?? {};
  const wanted = blkioWeight ?? (weight === undefined ? undefined : bfqWeightFromIo(weight));
  if (wanted === undefined || carriers.io?.version !== 2 || files.read('io', 'io.weight') === undefined) return off;
  const bfq = /^(?:default )?(\d+)/m.exec(files.read('io', 'io.bfq.weight')?.toString('latin1') ?? '')?.[1];
  if (bfq !== undefined && Number(bfq) !== wanted)
    off.set(blkioWeight === undefined ? 'io.weight' : 'io.blkioWeight', Number(bfq));
  return off;
}
