import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TEXT } from '#agent/metrics/exposition.js';
import { written } from '#agent/metrics/render.js';
import { journalBlocks } from '#agent/metrics/writers/journal.js';

test('What the journal took and lost, and whether it fails, are series', () => {
  const blocks = journalBlocks({
    journal: { failure: undefined, writtenRows: 12, lostRows: 3 },
    history: { failure: 'SQLITE_FULL', writtenSamples: 600, lostSamples: 60 },
  });
  const text = [...written(blocks, TEXT)].join('');
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  assert.deepEqual(series, [
    'tsgov_journal_rows_total 12',
    'tsgov_journal_lost_rows_total 3',
    'tsgov_history_samples_total 600',
    'tsgov_history_lost_samples_total 60',
    'tsgov_journal_failing 1',
  ]);
  assert.equal(text.match(/^# TYPE /gm)?.length, 5);
});
