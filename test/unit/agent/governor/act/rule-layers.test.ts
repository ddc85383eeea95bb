import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitLayer } from '#agent/containers/limits-merge.js';
import type { LimitValues } from '#agent/contract/decision.js';
import {
  heldByPerson,
  heldByRules,
  pathsOf,
  ruleOf,
  ruleSource,
  withLimits,
  withoutFields,
} from '#agent/governor/act/rule-layers.js';

const priorities: Record<string, number> = { low: 1, high: 9, same: 9 };
const priorityOf = (policy: string): number => priorities[policy] ?? 0;
const at = (policy: string, rule = 'r'): string => ruleSource({ policy, rule });
const set = (policy: string, limits: LimitValues, untilMs: number | null = null) => ({ source: at(policy), limits, untilMs });
const layer = (source: string, max: number): LimitLayer => ({ source, limits: { pids: { max } } });

test('a source names its policy and rule, and back', () => {
  assert.equal(at('p', 'o:swap'), 'rule/p/o:swap');
  assert.deepEqual(ruleOf('rule/p/o:swap'), { policy: 'p', rule: 'o:swap' });
  for (const source of ['policy/p', 'schedule/p', 'run', 'override']) assert.equal(ruleOf(source), undefined);
});

test('layers are in the order of their policies, whichever rule was the last to act', () => {
  const first = withLimits([layer(at('high'), 1)], set('low', { 'pids.max': 2 }), priorityOf);
  assert.deepEqual(
    first.map(({ source }) => source),
    [at('low'), at('high')],
  );
  const more = withLimits(first, set('same', { 'pids.max': 3 }), priorityOf);
  assert.deepEqual(
    more.map(({ source }) => source),
    [at('low'), at('same'), at('high')],
    'of equal priority the name that sorts first wins',
  );
});

test('a rule has one layer: what it sets later joins or replaces what it set', () => {
  const one = withLimits([], set('p', { 'pids.max': 5, 'cpu.max': 1 }), priorityOf);
  const two = withLimits(one, set('p', { 'pids.max': 4, 'memory.high': 'max' }), priorityOf);
  assert.deepEqual(two, [{ source: at('p'), limits: { cpu: { maxCores: 1 }, memory: { highBytes: 'max' }, pids: { max: 4 } } }]);
});

test('fields go, and with the last one the layer; others are untouched', () => {
  const layers = [layer(at('low'), 1), { source: at('high'), limits: { cpu: { maxCores: 1 }, pids: { max: 2 } } }];
  assert.deepEqual(withoutFields(layers, at('high'), ['pids.max', 'memory.max']), [
    layers[0],
    { source: at('high'), limits: { cpu: { maxCores: 1 } } },
  ]);
  assert.deepEqual(withoutFields(layers, at('low'), ['pids.max']), [layers[1]]);
});

test('what a person holds', () => {
  const limits = { run: {}, override: { memory: { maxBytes: 5 } } };
  assert.deepEqual(heldByPerson({ limits }, ['pids.max', 'memory.max']), ['memory.max']);
  assert.deepEqual(pathsOf({ state: 'frozen' }), ['state']);
});

test('an end is kept with its field, in the time of the wall, and found again by another agent', () => {
  const timed = withLimits([], set('p', { 'cpu.max': 0.5 }, 10_000), priorityOf);
  assert.deepEqual(timed, [{ source: at('p'), limits: { cpu: { maxCores: 0.5 } }, untilMs: { 'cpu.max': 10_000 } }]);
  const both = withLimits(timed, set('p', { 'pids.max': 3 }), priorityOf);
  const container = { id: 'a', name: 'a', limits: { run: {}, override: {}, rules: both } };
  const base = { policy: 'p', rule: 'r', container: 'a', name: 'a' };
  assert.deepEqual(heldByRules(container, { atMs: 4000, monotonicMs: 100 }), [
    { ...base, fields: ['cpu.max'], atMs: 6100 },
    { ...base, fields: ['pids.max'], atMs: null },
  ]);
  assert.deepEqual(withoutFields(both, at('p'), ['cpu.max']), [layer(at('p'), 3)]);
  assert.deepEqual(withLimits(timed, set('p', { 'cpu.max': 1 }), priorityOf), [
    { source: at('p'), limits: { cpu: { maxCores: 1 } } },
  ]);
});
