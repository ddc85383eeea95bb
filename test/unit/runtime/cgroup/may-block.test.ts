import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isShort, mayBlock, usageFileOf } from '#runtime/cgroup/may-block.js';

const MiB = 1 << 20;

for (const [what, file, value, usageBytes, blocks] of [
  ['far below what is used', 'memory.max', `${100 * MiB}`, 400 * MiB, true],
  ['just above: it may have grown by then', 'memory.max', `${410 * MiB}`, 400 * MiB, true],
  ['well above', 'memory.max', `${600 * MiB}`, 400 * MiB, false],
  ['no limit', 'memory.max', 'max', 400 * MiB, false],
  ['use not known', 'memory.high', `${600 * MiB}`, undefined, true],
  ['a small cgroup, little used', 'memory.high', `${16 * MiB}`, MiB, false],
  ['v1, below', 'memory.limit_in_bytes', `${100 * MiB}`, 400 * MiB, true],
  ['v1, no limit', 'memory.limit_in_bytes', '-1', 400 * MiB, false],
  ['v1, memory and swap', 'memory.memsw.limit_in_bytes', `${100 * MiB}`, 400 * MiB, true],
  ['a protection takes nothing away', 'memory.low', '0', 400 * MiB, false],
  ['swap is not reclaimed when its limit falls', 'memory.swap.max', '0', 400 * MiB, false],
  ['reclaim itself', 'memory.reclaim', '1', undefined, true],
  ['pages move with memory nodes', 'cpuset.mems', '0', undefined, true],
  ['CPUs do not', 'cpuset.cpus', '0', undefined, false],
  ['processes', 'pids.max', '1', undefined, false],
] as const)
  test(`may a write block: ${what}`, () => assert.equal(mayBlock(file, value, usageBytes), blocks));

test('what is written at once, and what by another thread', () => {
  for (const file of ['memory.max', 'cpu.cfs_quota_us', 'pids.max', 'hugetlb.2MB.max']) assert.equal(isShort(file), true, file);
  for (const file of ['cpuset.cpus', 'io.max', 'blkio.throttle.read_bps_device', 'cgroup.freeze'])
    assert.equal(isShort(file), false, file);
});

test('where the use of a limit stands', () => {
  assert.equal(usageFileOf('memory.high'), 'memory.current');
  assert.equal(usageFileOf('memory.memsw.limit_in_bytes'), 'memory.memsw.usage_in_bytes');
  assert.equal(usageFileOf('pids.max'), undefined);
});
