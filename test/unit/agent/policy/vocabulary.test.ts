import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuleAction } from '#agent/contract/rule.js';
import { ACTIONS, parseReclaim, parseRelative, parseThrottle } from '#agent/policy/actions.js';
import { parseBound, SIGNALS, type SignalUnit } from '#agent/policy/signals.js';

test('the schema has the actions of the vocabulary, in its order', () => {
  assert.deepEqual(Object.keys(RuleAction.properties), [...ACTIONS]);
});

test('signals are named by scope', () => {
  for (const [name, { scope, help }] of Object.entries(SIGNALS)) {
    assert.equal(name.startsWith('node.'), scope === 'node', name);
    assert.notEqual(help, '');
  }
});

const BOUNDS: readonly (readonly [SignalUnit, number | string, number | undefined])[] = [
  ['percent', 20, 20],
  ['percent', '20 %', 20],
  ['percent', 101, undefined],
  ['percent', -1, undefined],
  ['percent', 'x', undefined],
  ['bytes', '1MiB', 1 << 20],
  ['bytes', '1x', undefined],
  ['cores', '1.5', 1.5],
  ['perSecond', 0, 0],
  ['count', Number.POSITIVE_INFINITY, undefined],
  ['duration', '5ms', 5000],
  ['bytesPerSecond', '10k', 10240],
];
for (const [unit, text, value] of BOUNDS)
  test(`bound ${text} of ${unit}: ${value}`, () => {
    const parsed = parseBound(unit, text);
    assert.equal('value' in parsed ? parsed.value : undefined, value);
  });

test('arguments of actions', () => {
  assert.equal(parseRelative('+50%'), 1.5);
  assert.equal(parseRelative('-25%'), 0.75);
  for (const none of ['50%', '-100%', '+%', 5]) assert.equal(parseRelative(none), undefined);
  assert.deepEqual(parseReclaim('10%'), { share: 0.1 });
  assert.deepEqual(parseReclaim('64MiB'), { bytes: 64 << 20 });
  for (const none of ['0%', '101%', 0, -1, 'x']) assert.ok('valid' in parseReclaim(none));
  assert.deepEqual(parseThrottle(0.5), { cores: 0.5 });
  assert.deepEqual(parseThrottle('50%'), { share: 0.5 });
  for (const none of ['0%', 0, -1, 'x']) assert.ok('valid' in parseThrottle(none));
});
