import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bfqWeightFromIo,
  ioWeightFromBfq,
  ioWeightFromBlkio,
  sharesFromWeight,
  weightFromShares,
} from '#runtime/cgroup/weights.js';

const SHARES: readonly [number, number][] = [
  [0, 1],
  [2, 1],
  [3, 2],
  [100, 17],
  [512, 59],
  [1000, 99],
  [1024, 100],
  [2048, 174],
  [262143, 10000],
  [262144, 10000],
  [1 << 30, 10000],
];
for (const [shares, weight] of SHARES)
  test(`cpu.shares ${shares} is weight ${weight}`, () => assert.equal(weightFromShares(shares), weight));

test('weight 100 is shares 1024, 1 is 2, 10000 is 262144', () => {
  assert.deepEqual([100, 1, 10000].map(sharesFromWeight), [1024, 2, 262144]);
});

test('every weight survives v1: weight → shares → weight', () => {
  for (let weight = 1; weight <= 10000; weight++) assert.equal(weightFromShares(sharesFromWeight(weight)), weight);
});

test('more shares never weigh less', () => {
  for (let shares = 3; shares <= 262144; shares += 7) assert.ok(weightFromShares(shares) >= weightFromShares(shares - 1));
});

test('blkio weights are the OCI conversion at both ends and in the middle', () => {
  assert.deepEqual([10, 500, 1000].map(ioWeightFromBlkio), [1, 4950, 10000]);
});

test('bfq keeps the default of 100 and every weight up to it', () => {
  assert.deepEqual([1, 50, 100, 10000].map(bfqWeightFromIo), [1, 50, 100, 1000]);
  for (let weight = 1; weight <= 1000; weight++) assert.equal(bfqWeightFromIo(ioWeightFromBfq(weight)), weight);
});
