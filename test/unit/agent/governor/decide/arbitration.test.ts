import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyRule } from '#agent/contract/rule.js';
import { RuleWorld, rulesOf } from '#test/support/rule-world.js';

const HOT = { signals: { 'memory.usage': 95 } };
const rule = (name: string, ...steps: NonNullable<PolicyRule['do']>): PolicyRule => ({
  name,
  when: { signal: 'memory.usage', above: 90 },
  do: steps,
  cooldown: 3600,
});
const who = (world: RuleWorld) => world.done.map(({ s, action }) => `${s} ${action.policy}/${action.rule} ${action.kind}`);

test('of two rules on one container the stronger act goes first, the other at the next tick', () => {
  const world = new RuleWorld(
    rulesOf([rule('mild', { notify: {} }), rule('strong', { freeze: { for: 60 } })], { name: 'a', priority: 9 }),
    rulesOf([rule('stronger', { kill: {} })], { name: 'b', priority: -9 }),
  );
  world.run(3, { c: HOT });
  assert.deepEqual(who(world), ['0 b/stronger kill', '1 a/strong freeze', '2 a/mild notify']);
});

test('of equal acts that of the higher priority, then of the name that sorts first', () => {
  const set = (max: number) => rule('set', { set: { 'pids.max': max } });
  const world = new RuleWorld(
    rulesOf([set(1)], { name: 'z', priority: 1 }),
    rulesOf([set(2)], { name: 'a', priority: 1 }),
    rulesOf([set(3)], { name: 'm', priority: 2 }),
  );
  world.run(3, { c: HOT });
  assert.deepEqual(who(world), ['0 m/set set', '1 a/set set', '2 z/set set']);
});

test('different containers are acted on in the same tick', () => {
  const world = new RuleWorld(rulesOf([rule('r', { kill: {} })]));
  assert.deepEqual(world.run(1, { a: HOT, b: HOT }), ['0 a kill', '0 b kill']);
});

test('what a policy observes stops nothing', () => {
  const world = new RuleWorld(
    rulesOf([rule('watch', { kill: {} })], { name: 'o', priority: 99, enforce: 'observe' }),
    rulesOf([rule('act', { notify: {} })], { name: 'e' }),
  );
  world.run(1, { c: HOT });
  assert.deepEqual(
    world.done.map(({ action }) => [action.kind, action.observed]),
    [
      ['kill', true],
      ['notify', false],
    ],
  );
});

test('thaw lets go only what a rule froze', () => {
  const freeze = rule('freeze', { freeze: { for: 100 } });
  const thaw: PolicyRule = { name: 'thaw', when: { signal: 'cpu.usage', below: 1 }, do: [{ thaw: {} }] };
  const world = new RuleWorld(rulesOf([freeze, thaw]));
  assert.deepEqual(world.run(1, { a: HOT }), ['0 a freeze']);
  const idle = { signals: { 'memory.usage': 95, 'cpu.usage': 0 }, frozen: true };
  assert.deepEqual(world.run(1, { a: idle, byAPerson: idle }), ['1 a thaw']);
});
