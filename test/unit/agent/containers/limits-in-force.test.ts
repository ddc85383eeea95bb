import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asAsked } from '#agent/containers/limits-in-force.js';
import { bfqWeightFromIo, ioWeightFromBfq } from '#runtime/cgroup/weights.js';

test('a weight that bfq rounded is shown as it was asked for', () => {
  for (const weight of [1, 100, 101, 200, 5000, 10_000]) {
    const read = { io: { weight: ioWeightFromBfq(bfqWeightFromIo(weight)), devices: [] } };
    assert.deepEqual(asAsked(read, { io: { weight } }), { io: { weight, devices: [] } });
  }
});

test('a weight that somebody else wrote, or that nobody asked for, is shown as it is', () => {
  const read = { cpu: { weight: 7 }, io: { weight: 300 } };
  assert.equal(asAsked(read, { io: { weight: 200 } }), read);
  assert.equal(asAsked(read, { io: { blkioWeight: 300 } }), read);
  assert.equal(asAsked(read, {}), read);
  assert.deepEqual(asAsked({}, { io: { weight: 200 } }), {});
});
