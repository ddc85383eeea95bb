import { describe, test } from 'node:test';
import { assertPlanned, inBothVersions, type LimitCase } from '#test/support/limit-cases.js';

const WRITES: LimitCase[] = [
  { name: 'pids', limits: { pids: { max: 64 } }, v1: ['pids.max=64'], v2: ['pids.max=64'] },
  { name: 'pids max', limits: { pids: { max: 'max' } }, v1: ['pids.max=max'], v2: ['pids.max=max'] },
  { name: 'no pids is one', limits: { pids: { max: 0 } }, v1: ['pids.max=1'], v2: ['pids.max=1'] },
];

describe('limits become writes, in order', () => {
  for (const { name, version, asked, wanted } of inBothVersions(WRITES)) test(name, () => assertPlanned(version, asked, wanted));
});
