import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addFound, foundInWords, foundSince, stillFound } from '#agent/discovery/found-limits.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { weightFromShares } from '#runtime/cgroup/weights.js';

const MiB = 1 << 20;
const READ: Limits = {
  cpu: { maxCores: 0.5, periodUsec: 50_000, weight: 40, shares: 410, idle: false },
  memory: { maxBytes: 64 * MiB, swapMaxBytes: 64 * MiB },
  pids: { max: 'max' },
  io: { devices: [{ major: 8, minor: 0, asked: '8:0', readIops: 100 }] },
};

test('only what is about to be set is remembered, once, with what changes along', () => {
  const once = addFound({}, ['pids.max'], READ);
  assert.deepEqual(once, { pids: { max: 'max' } });
  assert.deepEqual(addFound(once, ['pids.max'], { pids: { max: 5 } }), once, 'what we set ourselves is never what was found');
  assert.deepEqual(addFound({}, ['memory.max'], READ), { memory: { maxBytes: 64 * MiB, swapMaxBytes: 64 * MiB } });
});

test('a weight is remembered as the kernel has it exactly; a disk nobody limits has no limit', () => {
  assert.deepEqual(addFound({}, ['cpu.weight'], READ), { cpu: { shares: 410 } });
  assert.deepEqual(addFound({}, ['cpu.weight'], { cpu: { weight: 40 } }), { cpu: { weight: 40 } });
  const { io } = addFound({}, ['io.devices[8:0].readIops', 'io.devices[8:16].writeBps'], READ);
  assert.deepEqual(
    io?.devices?.map(({ minor, readIops, writeBytesPerSec }) => [minor, readIops, writeBytesPerSec]),
    [
      [0, 100, undefined],
      [16, undefined, 'max'],
    ],
  );
  assert.deepEqual(addFound({}, ['memory.high'], READ), {}, 'a file that this host has not got');
});

test('what nobody sets any more is forgotten', () => {
  const found = addFound({}, ['pids.max', 'cpu.weight', 'memory.max'], READ);
  const layers = [{ source: 'policy/a', limits: { memory: { maxBytes: 1 }, cpu: { weight: 1 } } }];
  assert.deepEqual(stillFound(found, layers), { cpu: { shares: 410 }, memory: READ.memory });
  assert.deepEqual(stillFound(found, []), {});
});

test('what a runtime sets while it starts its container is what is found', () => {
  const found = addFound({}, ['pids.max'], READ);
  const inForce = new Map([['pids.max', 50]]);
  assert.deepEqual(foundSince(found, inForce, { pids: { max: 50 } }), { run: found, written: [] });
  assert.deepEqual(foundSince(found, inForce, { pids: { max: 99 } }), { run: { pids: { max: 99 } }, written: ['pids.max'] });
});

test('for whoever is told, what was found is in the words of the limit that is set, whatever the kernel has it in', () => {
  const read = { cpu: { weight: 79, shares: 2048 }, memory: { maxBytes: 300, swapMaxBytes: 5 } } as const;
  assert.deepEqual(foundInWords({}, ['cpu.weight', 'memory.max'], read), { cpu: { weight: 79 }, memory: { maxBytes: 300 } });
  const remembered = addFound({}, ['cpu.weight', 'memory.max'], read);
  const ours = { cpu: { weight: 1, shares: 10 }, memory: { maxBytes: 1, swapMaxBytes: 5 } } as const;
  assert.deepEqual(foundInWords(remembered, ['cpu.weight', 'memory.max'], ours), {
    cpu: { weight: weightFromShares(2048) },
    memory: { maxBytes: 300, swapMaxBytes: 5 },
  });
  assert.deepEqual(foundInWords({}, ['hugetlb.2MB', 'pids.max'], {}), { hugetlb: { '2MB': 'max' } });
});
