import { describe, test } from 'node:test';
import { assertConditions, assertPlanned, inBothVersions, type LimitCase } from '#test/support/limit-cases.js';

const WRITES: LimitCase[] = [
  {
    name: 'huge pages and their reservations',
    limits: { hugetlb: { '2MB': 4 << 20, '1GB': 'max' } },
    v1: [
      'hugetlb.2MB.limit_in_bytes=4194304',
      'hugetlb.2MB.rsvd.limit_in_bytes=4194304',
      'hugetlb.1GB.limit_in_bytes=-1',
      'hugetlb.1GB.rsvd.limit_in_bytes=-1',
    ],
    v2: ['hugetlb.2MB.max=4194304', 'hugetlb.2MB.rsvd.max=4194304', 'hugetlb.1GB.max=max', 'hugetlb.1GB.rsvd.max=max'],
  },
];

describe('limits become writes, in order', () => {
  for (const { name, version, asked, wanted } of inBothVersions(WRITES)) test(name, () => assertPlanned(version, asked, wanted));
});

const CONDITIONS: LimitCase[] = [
  {
    name: 'a page size the kernel has not',
    limits: { hugetlb: { '2MB': 0 } },
    lacks: ['hugetlb.2MB.max', 'hugetlb.2MB.limit_in_bytes'],
    v1: ['hugetlb.2MB NoHugePageSize'],
    v2: ['hugetlb.2MB NoHugePageSize'],
  },
];

describe('what a host cannot carry is a condition', () => {
  for (const { name, version, asked, wanted } of inBothVersions(CONDITIONS))
    test(name, () => assertConditions(version, asked, wanted));
});
