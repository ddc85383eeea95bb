import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerFilter } from '#agent/api/container-filter.js';
import { durationMs, isSet, pointInTime, wordsOf } from '#agent/api/query.js';
import type { ContainerView } from '#agent/contract/container.js';

const NOW = Date.parse('2026-01-01T00:10:00Z');

for (const [text, expected] of [
  ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
  ['2026-01-01T00:00:00.123456789+02:00', '2026-01-01T00:00:00.123456789+02:00'],
  ['1767225600', '2026-01-01T00:00:00.000Z'],
  ['1767225600.5', '2026-01-01T00:00:00.500Z'],
  ['10m', '2026-01-01T00:00:00.000Z'],
  ['1m30s', '2026-01-01T00:08:30.000Z'],
])
  test(`since ${text}`, () => assert.equal(pointInTime(text as string, NOW, 'since'), expected));

for (const text of ['', 'yesterday', '2026-13-01T00:00:00Z', '-5m', '9e99', '99999999999999999999'])
  test(`since ${JSON.stringify(text)} is refused by name`, () =>
    assert.throws(() => pointInTime(text, NOW, 'since'), { code: 'BODY_INVALID', field: 'since' }));

test('durations are in milliseconds and a wrong one names its field', () => {
  assert.deepEqual([durationMs(10, 't'), durationMs('10', 't'), durationMs('250ms', 't')], [10_000, 10_000, 250]);
  assert.throws(() => durationMs('soon', 'timeout'), { code: 'BODY_INVALID', field: 'timeout' });
});

test('a flag without a value is set', () => {
  assert.deepEqual(['', 'true', '1', 'false', '0', undefined].map(isSet), [true, true, true, false, false, false]);
});

test('words may be repeated or joined by commas', () => {
  assert.deepEqual(wordsOf(['a,b', 'c']), ['a', 'b', 'c']);
  assert.deepEqual(wordsOf(undefined), []);
});

const view = (name: string, status: string, labels: Record<string, string>) =>
  ({ name, labels, state: { status } }) as ContainerView;

test('a list is narrowed by status, name and label', () => {
  const views = [
    view('batch-1', 'running', { tier: 'a,b' }),
    view('batch-2', 'exited', {}),
    view('w.b', 'running', { tier: 'x' }),
  ];
  const names = (query: Parameters<typeof containerFilter>[0]) => views.filter(containerFilter(query)).map((one) => one.name);
  assert.deepEqual(names({}), ['batch-1', 'batch-2', 'w.b']);
  assert.deepEqual(names({ status: ['running'] }), ['batch-1', 'w.b']);
  assert.deepEqual(names({ status: 'running,exited', name: 'batch-*' }), ['batch-1', 'batch-2']);
  assert.deepEqual(names({ name: 'w?b' }), ['w.b']);
  assert.deepEqual(names({ name: 'w.b*' }), ['w.b']);
  assert.deepEqual(names({ label: 'tier' }), ['batch-1', 'w.b']);
  assert.deepEqual(names({ label: ['tier=a,b'] }), ['batch-1']);
  assert.deepEqual(names({ label: ['tier', 'constructor'] }), []);
  assert.throws(() => containerFilter({ status: 'up' }), { code: 'BODY_INVALID', field: 'status' });
});
