import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyRule } from '#agent/contract/rule.js';
import { missingSignals } from '#agent/policy/missing-signals.js';
import { containerAt, rulesOf, snapshotAt } from '#test/support/rule-world.js';

const rules: PolicyRule[] = [
  {
    name: 'r',
    when: {
      any: [
        { signal: 'memory.usage', above: 1 },
        {
          all: [
            { signal: 'memory.usage', below: 5 },
            { signal: 'node.swap.free', below: 5 },
          ],
        },
      ],
    },
    do: [{ notify: {} }],
  },
  { name: 't', kind: 'thrash' },
];
const fields = (...args: Parameters<typeof missingSignals>): unknown[] => missingSignals(...args).map(({ field }) => field);

test('signals that nothing has are named once a rule; not before two looks, and not where there is nothing to look at', () => {
  const policy = rulesOf(rules, { match: 'a' });
  const seen = (signals: Record<string, number>) => containerAt('a', { signals });
  assert.deepEqual(fields(policy, snapshotAt(0, [])), ['node.swap.free']);
  assert.deepEqual(fields(policy, snapshotAt(0, [seen({})], { signals: { 'node.swap.free': 5 } })), []);
  const other = containerAt('b', { signals: { 'cpu.usage': 1, 'memory.usage': 5 } });
  const node = { signals: { 'node.swap.free': 5 } };
  assert.deepEqual(fields(policy, snapshotAt(0, [seen({ 'cpu.usage': 1 }), other], node)), [
    'memory.usage',
    'memory.events.high',
    'memory.events.max',
    'memory.refaults',
  ]);
  const all = { 'cpu.usage': 1, 'memory.usage': 1, 'memory.events.high': 0, 'memory.events.max': 0, 'memory.refaults': 0 };
  assert.deepEqual(missingSignals(policy, snapshotAt(0, [seen(all)], node)), [], 'pressure may be missing: thrash does without');
  assert.match(missingSignals(policy, snapshotAt(0, []))[0]?.message ?? '', /^r: node\.swap\.free is nothing this host has/);
});
