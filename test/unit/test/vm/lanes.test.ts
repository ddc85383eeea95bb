import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lanes } from '#test/vm/lanes.js';

test('the longest files come first, each to the lane with least to do', () => {
  const files = [
    { path: 'a', cost: 10 },
    { path: 'b', cost: 1 },
    { path: 'c', cost: 8 },
    { path: 'd', cost: 4 },
  ];
  assert.deepEqual(lanes(files, 2), [
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('files never timed are spread too, and no lane is empty', () => {
  const files = ['a', 'b', 'c'].map((path) => ({ path, cost: undefined }));
  assert.deepEqual(lanes(files, 2), [['a', 'c'], ['b']]);
  assert.deepEqual(lanes([{ path: 'a', cost: 5 }], 2), [['a']]);
});

test('of files never timed those known to be long come first', () => {
  const files = ['a', 'dir/why.test.js', 'b', 'dir/rules-pressure.test.js'].map((path) => ({ path, cost: undefined }));
  assert.deepEqual(lanes(files, 2), [['dir/rules-pressure.test.js'], ['dir/why.test.js', 'a', 'b']]);
});
