import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyDocument } from '#agent/contract/policy.js';
import { compileRules } from '#agent/policy/compile-rules.js';
import { replay } from '#agent/replay/replay.js';
import { containerSnapshot, snapshotAt } from '#test/support/snapshots.js';

const START_MS = Date.parse('2026-11-21T03:00:00Z');

/** A minute of ticks of two containers, of which the first is under pressure from second 20 to 39. */
const MINUTE = Array.from({ length: 60 }, (_, second) =>
  snapshotAt(START_MS + second * 1000, [
    containerSnapshot('a', { signals: { 'memory.some.avg10': second >= 20 && second < 40 ? 50 : 1, 'memory.current': 1 << 20 } }),
    containerSnapshot('b', { signals: { 'memory.some.avg10': 2, 'memory.current': 1 << 20 } }),
  ]),
);

function rulesOf(rules: PolicyDocument['spec']['rules']): ReturnType<typeof compileRules> {
  return compileRules([
    { name: 'p', priority: 0, enforce: 'enforce', spec: { match: { name: ['*'] }, rules } as PolicyDocument['spec'] },
  ]);
}

test('A rule would have acted when its condition had held for its time, on whom it held, and taken it back', () => {
  const rules = rulesOf([
    {
      name: 'calm',
      when: { signal: 'memory.some.avg10', above: 20, for: '5s' },
      do: [{ freeze: { for: '4s' } }],
      cooldown: '1h',
    },
  ]);
  const result = replay(MINUTE, rules);
  assert.deepEqual([result.rules, result.ticks, result.missing, result.more], [1, 60, [], 0]);
  assert.deepEqual([result.from, result.to], ['2026-11-21T03:00:00.000Z', '2026-11-21T03:00:59.000Z']);
  const [act] = result.acts;
  assert.deepEqual(
    [act?.time, act?.container.name, act?.action, act?.detail, act?.values['memory.some.avg10']],
    ['2026-11-21T03:00:25.000Z', 'name-a', 'freeze', { forMs: 4000 }, 50],
  );
  assert.ok(result.acts.every(({ container }) => container.name === 'name-a'));
  assert.deepEqual(replay(MINUTE, rules), result, 'the same again');
});

test('What did not last long enough, and what is below, does nothing', () => {
  const short = rulesOf([{ name: 'r', when: { signal: 'memory.some.avg10', above: 20, for: '30s' }, do: [{ kill: {} }] }]);
  assert.deepEqual(replay(MINUTE, short).acts, []);
});

test('Signals that were never recorded are named', () => {
  const rules = rulesOf([{ name: 'r', when: { signal: 'io.latency.p99', above: '10ms' }, do: [{ notify: {} }] }]);
  const result = replay(MINUTE, rules);
  assert.deepEqual([result.missing, result.acts], [['io.latency.p99'], []]);
});

test('More acts than fit are counted', () => {
  const rules = rulesOf([{ name: 'r', when: { signal: 'memory.current', above: 1 }, do: [{ notify: {} }], cooldown: '1ms' }]);
  const long = Array.from({ length: 3000 }, (_, second) => snapshotAt(START_MS + second * 1000, MINUTE[0]!.containers));
  const { acts, more } = replay(long, rules);
  assert.equal(acts.length, 1000);
  assert.ok(more > 500, `${more} more`);
});

test('Without anything recorded there is no time', () => {
  const { from, to, ticks } = replay([], rulesOf([]));
  assert.deepEqual([from, to, ticks], [null, null, 0]);
});
