import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { heapGrowthPercent } from '#agent/compose/heap-growth.js';

test('a small agent stays small, one of very many containers looks for garbage less often', () => {
  assert.equal(heapGrowthPercent(0), 15);
  assert.equal(heapGrowthPercent(100), 15);
  assert.equal(heapGrowthPercent(1000), 40);
});

test('this Node takes the flag while it runs', () => {
  assert.doesNotThrow(() => setFlagsFromString(`--heap-growing-percent=${heapGrowthPercent(1000)}`));
  setFlagsFromString('--heap-growing-percent=0');
});
