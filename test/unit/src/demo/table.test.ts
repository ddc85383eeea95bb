import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figure, liveTable } from '#src/demo/table.js';

test('figures carry their unit, and a dash where there is none', () => {
  assert.equal(figure('cpu', 0.25), '0.25 core');
  assert.equal(figure('memory', 64 * 1024 * 1024), '64.0 MiB');
  assert.equal(figure('disk', 4 * 1024 * 1024), '4.0 MiB/s');
  assert.equal(figure('disk', undefined), '\u2013');
});

test('columns are as wide as their widest cell', () => {
  const rows = [
    { name: 'cpu-hog', resource: 'cpu', wants: 1, limit: 0.25, gets: 0.25, use: 0.25, says: 'nr_throttled 9 of 10 periods' },
    { name: 'memory-eater', resource: 'memory', wants: 2e8, limit: 6.4e7, gets: undefined, use: undefined, says: 'measuring' },
  ] as const;
  assert.deepEqual(liveTable(rows), [
    'WORKLOAD      WANTS      LIMIT      GETS NOW   IN ALL         THE KERNEL SAYS',
    'cpu-hog       1.00 core  0.25 core  0.25 core  avg 0.25 core  nr_throttled 9 of 10 periods',
    'memory-eater  190.7 MiB  61.0 MiB   \u2013          \u2013              measuring',
  ]);
});
