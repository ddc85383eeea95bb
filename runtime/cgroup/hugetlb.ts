import type { HostFacts } from './cgroup-host.js';
import type { CgroupWrite, Condition, HasFile, InterfaceFiles, LimitController, LimitHalf } from './controller.js';
import { limitText, parseLimit } from './interface-file.js';
import { condition } from './limit-conditions.js';
import type { Limits } from './limits.js';

type HugetlbLimits = NonNullable<Limits['hugetlb']>;

/** Huge pages by size. `rsvd` also limits reservations, which otherwise fault only later (SIGBUS). Source: cgroup-v2.rst "HugeTLB". */
export const hugetlb: LimitController<'hugetlb'> = {
  key: 'hugetlb',
  controller: 'hugetlb',
  v1: half('limit_in_bytes', '-1'),
  v2: half('max', 'max'),
};

function half(suffix: string, unlimited: string): LimitHalf<HugetlbLimits> {
  const file = (size: string, rsvd = '') => `hugetlb.${size}.${rsvd}${suffix}`;
  return {
    plan: (limits, _current, has) =>
      Object.entries(limits).flatMap(([size, limit]) =>
        [file(size), file(size, 'rsvd.')]
          .filter((name) => has(name))
          .map(
            (name): CgroupWrite => ({
              controller: 'hugetlb',
              file: name,
              value: limitText(limit, unlimited),
              field: `hugetlb.${size}`,
            }),
          ),
      ),
    read: (files, facts) => read(files, facts, file),
    conditions: (limits, has) => conditions(limits, has, file),
  };
}

function read(files: InterfaceFiles, facts: HostFacts, file: (size: string) => string): HugetlbLimits {
  const found: HugetlbLimits = {};
  for (const size of facts.hugePageSizes) {
    const limit = parseLimit(files.read('hugetlb', file(size)));
    if (limit !== undefined) found[size] = limit;
  }
  return found;
}

function conditions(limits: HugetlbLimits, has: HasFile, file: (size: string) => string): Condition[] {
  return Object.keys(limits)
    .filter((size) => limits[size] !== 'max' && !has(file(size)))
    .map((size) =>
      condition('NoHugePageSize', {
        field: `hugetlb.${size}`,
        message: `this kernel has no huge pages of ${size} to limit: boot with hugepagesz=${size.replace('B', '')}`,
      }),
    );
}
