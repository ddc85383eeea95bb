import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lanes } from '#test/vm/lanes.js';
import { listDifferences, mergeSummaries } from '#test/vm/summary.js';

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

test('lists of tests differ by what one has more often than the other', () => {
  const host = { name: 'host', tests: ['f: a', 'f: b', 'f: b'] };
  assert.deepEqual(listDifferences(host, { name: 'v1', tests: ['f: b', 'f: a', 'f: b'] }), []);
  assert.deepEqual(listDifferences(host, { name: 'v2', tests: ['f: b', 'f: c'] }), [
    'only in host, not in v2: f: a',
    'only in host, not in v2: f: b',
    'only in v2, not in host: f: c',
  ]);
});

test('summaries add up', () => {
  const part = (file: string) => ({
    passed: 2,
    failed: 1,
    skipped: [{ name: 'x', reason: 'r' }],
    tests: [`${file}: t`],
    files: { [file]: 5 },
  });
  assert.deepEqual(mergeSummaries([part('a'), part('b')]), {
    passed: 4,
    failed: 2,
    skipped: [
      { name: 'x', reason: 'r' },
      { name: 'x', reason: 'r' },
    ],
    tests: ['a: t', 'b: t'],
    files: { a: 5, b: 5 },
  });
});
