import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeOf } from '#src/cli/flags/time-of.js';
import { UsageError } from '#src/cli/flags/usage-error.js';

const NOW = Date.parse('2025-06-01T12:00:00Z');

for (const [text, expected] of [
  ['10m', '2025-06-01T11:50:00.000Z'],
  ['1h30m', '2025-06-01T10:30:00.000Z'],
  ['0', '1970-01-01T00:00:00.000Z'],
  ['1748779200', '2025-06-01T12:00:00.000Z'],
  ['1748779200.5', '2025-06-01T12:00:00.500Z'],
  ['2025-05-31T00:00:00Z', '2025-05-31T00:00:00.000Z'],
  ['2025-05-31T02:00:00+02:00', '2025-05-31T00:00:00.000Z'],
  ['2025-05-31 00:00:00Z', '2025-05-31T00:00:00.000Z'],
] as const) {
  test(`a time as users write it: ${text}`, () => assert.equal(timeOf('since', text, NOW), expected));
}

for (const text of ['', 'yesterday', '2025-13-01', '99999999999999999', '-5m']) {
  test(`no time: ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => timeOf('since', text, NOW),
      (error: unknown) => error instanceof UsageError && error.message.includes('--since'),
    );
  });
}
