import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlagValues } from '#src/cli/flags/flag.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { type RETENTION_FLAGS, retentionOf } from '#src/cli/retention.js';

const NONE: FlagValues<typeof RETENTION_FLAGS> = {
  'journal-age': undefined,
  'journal-size': undefined,
  'history-age': undefined,
  'history-size': undefined,
};

test('Flags win over the environment, and what neither says is left to the agent', () => {
  assert.deepEqual(retentionOf(NONE, {}), { journal: {}, history: {} });
  const env = { TSGOV_JOURNAL_AGE: '24h', TSGOV_JOURNAL_SIZE: '64m', TSGOV_HISTORY_SIZE: '2GiB', TSGOV_HISTORY_AGE: '' };
  assert.deepEqual(retentionOf({ ...NONE, 'journal-age': 3_600_000_000 }, env), {
    journal: { maxAgeMs: 3_600_000, maxBytes: 64 << 20 },
    history: { maxBytes: 2 * 2 ** 30 },
  });
});

test('What is no duration or size, or keeps next to nothing, is refused by name', () => {
  assert.throws(() => retentionOf(NONE, { TSGOV_JOURNAL_AGE: '30 days' }), /TSGOV_JOURNAL_AGE: "30 days"/);
  assert.throws(() => retentionOf(NONE, { TSGOV_HISTORY_SIZE: 'much' }), /TSGOV_HISTORY_SIZE/);
  assert.throws(() => retentionOf({ ...NONE, 'history-age': 1000 }, {}), UsageError);
  assert.throws(() => retentionOf({ ...NONE, 'journal-size': 1000 }, {}), /--journal-size: less than 1 MiB/);
});
