import { describe, test } from 'node:test';
import { assertPlanned, inBothVersions, type LimitCase } from '#test/support/limit-cases.js';

const WRITES: LimitCase[] = [
  {
    name: 'cpuset; v1 is told to move pages',
    limits: { cpuset: { cpus: '0-1,3', mems: '0' } },
    v1: ['cpuset.cpus=0-1,3', 'cpuset.memory_migrate=1', 'cpuset.mems=0'],
    v2: ['cpuset.cpus=0-1,3', 'cpuset.mems=0'],
  },
  {
    name: 'a partition after its CPUs, and none any more before they go',
    limits: { cpuset: { cpus: '1', partition: 'root' } },
    v1: ['cpuset.cpus=1'],
    v2: ['cpuset.cpus=1', 'cpuset.cpus.partition=root'],
  },
  {
    name: 'no partition any more',
    limits: { cpuset: { cpus: '', partition: 'member' } },
    v1: [],
    v2: ['cpuset.cpus.partition=member', 'cpuset.cpus='],
  },
  { name: 'cpuset inherited', limits: { cpuset: { cpus: '', mems: '' } }, v1: [], v2: ['cpuset.cpus=', 'cpuset.mems='] },
];

describe('limits become writes, in order', () => {
  for (const { name, version, asked, wanted } of inBothVersions(WRITES)) test(name, () => assertPlanned(version, asked, wanted));
});
