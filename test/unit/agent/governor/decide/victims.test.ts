import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyRule } from '#agent/contract/rule.js';
import { movingAverages, rankVictims } from '#agent/governor/decide/rank.js';
import { containerAt, type Given, MiB, RuleWorld, rulesOf } from '#test/support/rule-world.js';

const HOT = { 'node.memory.full.avg10': 80 };
const uses = (mib: number, more: Given = {}): Given => ({ memory: { currentBytes: mib * MiB }, ...more });
const rule = (more: Partial<PolicyRule> = {}): PolicyRule => ({
  name: 'r',
  when: { signal: 'node.memory.full.avg10', above: 50 },
  do: [{ notify: {} }, { kill: {} }],
  cooldown: 10,
  ...more,
});

test('a rule on the node acts on one of its containers, and goes on with that one', () => {
  const world = new RuleWorld(rulesOf([rule({ victims: { by: 'size' } })], { match: 'batch-*' }));
  const all = { 'batch-1': uses(10), 'batch-2': uses(30), web: uses(900) };
  assert.deepEqual(world.run(1, all, HOT), ['0 batch-2 notify']);
  assert.match(world.done[0]?.action.reason ?? '', /; batch-2 is the first of 2 by size; step 1 of 2$/);
  assert.deepEqual(world.run(1, { ...all, 'batch-1': uses(500) }, HOT), ['1 batch-2 kill'], 'although another is larger now');
});

test('after the last step and the cooldown it is ranked anew; one that is gone is replaced', () => {
  const world = new RuleWorld(rulesOf([rule({ victims: { by: 'size' } })]));
  assert.deepEqual(world.run(20, { a: uses(10), b: uses(30) }, HOT), ['0 b notify', '1 b kill', '11 b notify', '12 b kill']);
  const again = new RuleWorld(rulesOf([rule({ victims: { by: 'size' }, cooldown: 0 })]));
  assert.deepEqual(again.run(1, { a: uses(10), b: uses(30) }, HOT), ['0 b notify']);
  assert.deepEqual(again.run(3, { a: uses(10) }, HOT), ['2 a notify', '3 a kill']);
});

test('who is preferred goes first, who is to be avoided last', () => {
  const victims = { by: 'size' as const, prefer: { label: { tier: 'batch' } }, avoid: { name: 'db' } };
  const labels = { tier: 'batch' };
  const world = new RuleWorld(rulesOf([rule({ victims, do: [{ kill: {} }] })]));
  assert.deepEqual(world.run(1, { db: uses(900), web: uses(100), job: uses(1, { labels }) }, HOT), ['0 job kill']);
});

test('orders: growth, size, pressure, swap, scans, as oomd has them', () => {
  const first = (by: 'growth' | 'size' | 'pressure' | 'swap' | 'scans', containers: Record<string, Given>, averages = {}) =>
    rankVictims(
      Object.entries(containers).map(([id, given]) => containerAt(id, given)),
      { by, prefer: undefined, avoid: undefined },
      averages,
    ).map(({ id }) => id);
  assert.deepEqual(first('size', { a: uses(50), b: { memory: { currentBytes: 90 * MiB, lowBytes: 80 * MiB } } }), ['a', 'b']);
  const averages = { a: 100 * MiB, b: 100 * MiB, c: 10 * MiB };
  assert.deepEqual(
    first('growth', { a: uses(200), b: uses(150), c: uses(20) }, averages),
    ['a', 'b', 'c'],
    'more than half of all',
  );
  assert.deepEqual(
    first('growth', { a: uses(100), b: uses(130), c: uses(100), d: uses(100), e: uses(100) }, averages),
    ['b', 'a', 'c', 'd', 'e'],
    'grown, and of the largest',
  );
  const full = (avg10: number, avg60: number): Given => ({ signals: { 'memory.full.avg10': avg10, 'memory.full.avg60': avg60 } });
  assert.deepEqual(first('pressure', { a: full(10, 0), b: full(0, 30), c: {} }), ['b', 'a'], 'without figures: no victim');
  const swap = (mib: number): Given => ({ memory: { swapBytes: mib * MiB } });
  assert.deepEqual(first('swap', { a: swap(1), b: swap(60), c: swap(39) }), ['b', 'c'], 'a has less than 5 % of it');
  const scans = (perSecond: number, mib: number): Given => uses(mib, { signals: { 'memory.scans': perSecond } });
  assert.deepEqual(first('scans', { a: scans(0, 900), b: scans(5, 1), c: scans(9, 1), d: scans(5, 2) }), ['c', 'd', 'b']);
});

test('the moving average takes a quarter of each new value', () => {
  const averages = movingAverages([containerAt('a', uses(200)), containerAt('new', uses(7))], { a: 100 * MiB, gone: 1 });
  assert.deepEqual(averages, { a: 125 * MiB, new: 7 * MiB });
});
