import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeLimits } from '#agent/containers/limits-merge.js';
import { acceptLayers } from '#agent/containers/policy-limits.js';
import type { Enforce } from '#agent/contract/policy.js';
import { changesOf } from '#agent/policy/backend.js';
import { inOrder, limitLayers } from '#agent/policy/merge.js';
import { type Policy, verdictOf } from '#agent/policy/policy-set.js';
import { Schedule } from '#agent/policy/schedule.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { TWO_CORES } from '#test/support/policy-text.js';

const MiB = 1 << 20;
const subject = { name: 'a', image: 'host:', labels: {}, runtime: 'tsgov', cgroup: '/tsgov/1' };

function policy(name: string, priority: number, limits: Limits, enforce: Enforce = 'enforce', match = '*'): Policy {
  const spec = { match: { name: match } };
  return { name, source: 'api', priority, enforce, spec, limits, schedules: [], notes: [], conditions: [], text: '' };
}

test('run, then policies by priority, then override, field by field; each field says who won', () => {
  const policies = [
    policy('high', 10, { memory: { maxBytes: 2 * MiB }, cpu: { maxCores: 1 } }),
    policy('low', 5, { memory: { maxBytes: MiB, swapMaxBytes: 0 }, pids: { max: 7 } }),
    policy('other', 99, { pids: { max: 1 } }, 'enforce', 'b'),
  ];
  const verdict = verdictOf(policies, subject, 0);
  assert.deepEqual(verdict.names, ['low', 'high']);
  const run: Limits = { memory: { maxBytes: 9 * MiB }, cpu: { weight: 10 } };
  const { limits, sources } = mergeLimits(limitLayers({ run, policies: verdict.enforced, override: { cpu: { maxCores: 2 } } }));
  assert.deepEqual(limits, {
    cpu: { maxCores: 2, weight: 10 },
    memory: { maxBytes: 2 * MiB, swapMaxBytes: 0 },
    pids: { max: 7 },
  });
  assert.deepEqual(sources, {
    'memory.max': 'policy/high',
    'cpu.weight': 'run',
    'memory.swap': 'policy/low',
    'pids.max': 'policy/low',
    'cpu.max': 'override',
  });
});

test('of equal priority the name that sorts first wins', () => {
  const order = inOrder([policy('b', 1, {}), policy('a', 1, {}), policy('c', 0, {})]);
  assert.deepEqual(
    order.map(({ name }) => name),
    ['c', 'b', 'a'],
  );
});

test('off is nothing, observe is only observed', () => {
  const policies = [
    policy('a', 1, { pids: { max: 1 } }, 'observe'),
    policy('b', 2, { pids: { max: 2 } }, 'off'),
    policy('c', 0, { pids: { max: 3 } }),
  ];
  const verdict = verdictOf(policies, subject, 0);
  assert.deepEqual(verdict.names, ['c', 'a']);
  assert.deepEqual(verdict.enforced, [{ source: 'policy/c', limits: { pids: { max: 3 } } }]);
  assert.deepEqual(verdict.observed.at(-1), { source: 'policy/a', limits: { pids: { max: 1 } } });
});

test('a policy that makes no sense with the rest is left out, the stronger one stays', () => {
  const { layers, conditions } = acceptLayers(
    { run: { cpu: { maxCores: 1 } }, override: {} },
    [
      { source: 'policy/weak', limits: { cpu: { burstUsec: 90_000 } } },
      { source: 'policy/strong', limits: { cpu: { maxCores: 0.5 } } },
    ],
    TWO_CORES,
  );
  assert.deepEqual(layers, [{ source: 'policy/strong', limits: { cpu: { maxCores: 0.5 } } }]);
  assert.equal(conditions.length, 1);
  assert.equal(conditions[0]?.type, 'PolicyRefused');
  assert.match(conditions[0]?.message ?? '', /policy\/weak .*burst/);
});

test('the diff of a new policy, of another priority, of one that goes, of one that only observes', () => {
  const limits = { run: { memory: { maxBytes: 64 * MiB } } as Limits, override: {} };
  const container = { subject, limits, foreign: false, limitsWithFound: () => limits };
  const mem = (name: string, priority: number, mib: number, enforce?: Enforce) =>
    policy(name, priority, { memory: { maxBytes: mib * MiB } }, enforce);
  const diff = (before: Policy[], after: Policy[]) =>
    changesOf(container, before, after, TWO_CORES, 0).map(({ from, fromSource, to, toSource, observed }) => [
      Number(from) / MiB,
      fromSource,
      Number(to) / MiB,
      toSource,
      observed,
    ]);
  assert.deepEqual(diff([], [mem('a', 0, 32)]), [[64, 'run', 32, 'policy/a', false]]);
  assert.deepEqual(diff([mem('a', 0, 32)], [mem('a', 0, 32), mem('b', 1, 16)]), [[32, 'policy/a', 16, 'policy/b', false]]);
  assert.deepEqual(diff([mem('a', 5, 32)], [mem('a', 5, 32), mem('b', 1, 16)]), []);
  assert.deepEqual(diff([mem('a', 0, 32)], []), [[32, 'policy/a', 64, 'run', false]]);
  assert.deepEqual(diff([], [mem('a', 0, 32, 'observe')]), [[64, 'run', 32, 'policy/a', true]]);
  assert.deepEqual(diff([mem('a', 0, 32, 'observe')], [mem('a', 0, 32, 'observe')]), []);
  assert.deepEqual(diff([], [mem('a', 0, 32, 'off')]), []);
});

test('a schedule is stronger than its policy while a window is open, and weaker than a stronger policy', () => {
  const open = { schedule: new Schedule('* * * * *', '2m'), limits: { pids: { max: 2 }, cpu: { weight: 7 } } as Limits };
  const later = { schedule: new Schedule('* * * * *', '2m'), limits: { pids: { max: 3 } } as Limits };
  const shut = { schedule: new Schedule('0 0 30 2 *', '1h'), limits: { pids: { max: 4 } } as Limits };
  const scheduled = { ...policy('a', 1, { pids: { max: 1 } }), schedules: [open, later, shut] };
  const strong = policy('b', 2, { cpu: { weight: 9 } });
  const { enforced } = verdictOf([scheduled, strong], subject, Date.UTC(2026, 0, 1));
  assert.deepEqual(
    enforced.map(({ source }) => source),
    ['policy/a', 'schedule/a', 'policy/b'],
  );
  const { limits, sources } = mergeLimits(enforced);
  assert.deepEqual(limits, { pids: { max: 3 }, cpu: { weight: 9 } });
  assert.deepEqual(sources, { 'pids.max': 'schedule/a', 'cpu.weight': 'policy/b' });
  assert.deepEqual(verdictOf([{ ...scheduled, schedules: [shut] }], subject, 0).enforced.length, 1);
});
