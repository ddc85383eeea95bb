import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyRule } from '#agent/contract/rule.js';
import { rememberLeft } from '#agent/governor/decide/decide.js';
import { MiB, RuleWorld, rulesOf } from '#test/support/rule-world.js';

const HOT = { signals: { 'memory.usage': 95 } };
const COLD = { signals: { 'memory.usage': 10 } };
const when = (seconds: number) => ({ signal: 'memory.usage', above: 90, for: seconds });
const rule = (more: Partial<PolicyRule>): PolicyRule => ({ name: 'r', when: when(0), do: [{ notify: {} }], ...more });

test('the ladder: each further step only when the one before had time to work, a freeze only once it is over', () => {
  const world = new RuleWorld(
    rulesOf([
      rule({
        when: when(2),
        do: [
          { notify: {} },
          { reclaim: '10%' },
          { set: { 'memory.max': '-10%' } },
          { freeze: { for: 4 } },
          { terminate: { grace: 3 } },
          { kill: {} },
        ],
        cooldown: 100,
      }),
    ]),
  );
  assert.deepEqual(world.run(50, { a: HOT }), [
    '2 a notify',
    '3 a reclaim',
    '8 a set',
    '13 a freeze',
    '17 a undo state',
    '22 a terminate',
    '30 a kill',
  ]);
  const reasons = world.done.map(({ action }) => action.reason);
  assert.equal(reasons[0], 'memory.usage is 95 (above 90 for 2 s); step 1 of 6');
  assert.equal(reasons[4], 'its time is over');
  assert.deepEqual(world.done[2]?.action.values, { 'memory.usage': 95 });
});

test('a condition that is not without a break for its time does nothing; one that breaks stops the ladder where it is', () => {
  const world = new RuleWorld(rulesOf([rule({ when: when(3), do: [{ reclaim: '10%' }, { kill: {} }] })]));
  for (let turn = 0; turn < 5; turn += 1) assert.deepEqual(world.run(3, { a: HOT }).concat(world.run(1, { a: COLD })), []);
  assert.deepEqual(world.run(4, { a: HOT }), ['23 a reclaim']);
  // Gone for a second, then back: its three seconds begin anew, and the next step is the second.
  world.run(1, { a: COLD });
  assert.deepEqual(world.run(5, { a: HOT }), ['28 a kill']);
});

test('a signal without a value is a break, and never holds', () => {
  const world = new RuleWorld(rulesOf([rule({ when: { all: [when(0), { signal: 'memory.some.avg10', above: 0 }] } })]));
  assert.deepEqual(world.run(5, { a: HOT }), []);
});

test('all, any, below; a node signal beside one of the container is still for each container', () => {
  const world = new RuleWorld(
    rulesOf([
      rule({
        when: { any: [{ signal: 'pids.usage', below: 5 }, { all: [when(0), { signal: 'node.memory.available', below: 20 }] }] },
      }),
    ]),
  );
  const some = { hot: HOT, cold: COLD, few: { signals: { 'pids.usage': 1 } } };
  assert.deepEqual(world.run(1, some), ['0 few notify']);
  assert.deepEqual(world.run(1, some, { 'node.memory.available': 10 }), ['1 hot notify']);
});

test('hysteresis: it holds until the signal is at `until`', () => {
  const world = new RuleWorld(
    rulesOf([rule({ when: { signal: 'memory.usage', above: 90, until: 70 }, do: [{ set: { 'pids.max': 5 } }] })]),
  );
  const at = (usage: number) => ({ a: { signals: { 'memory.usage': usage } } });
  assert.deepEqual(world.run(1, at(80)), [], 'not yet');
  assert.deepEqual(world.run(1, at(91)), ['1 a set']);
  assert.deepEqual(world.run(5, at(71)), []);
  assert.deepEqual(world.run(1, at(70)), ['7 a undo pids.max']);
  assert.deepEqual(world.run(3, at(80)), []);
});

test('what was set goes back when the condition is gone for its time; the ladder begins anew after the cooldown', () => {
  const world = new RuleWorld(
    rulesOf([rule({ when: when(3), do: [{ set: { 'pids.max': 5 } }, { set: { 'cpu.max': 0.5 } }], cooldown: 20 })]),
  );
  assert.deepEqual(world.run(9, { a: HOT }), ['3 a set', '8 a set']);
  assert.deepEqual(world.run(2, { a: COLD }), [], 'gone since 9');
  assert.deepEqual(world.run(4, { a: COLD }), ['12 a undo cpu.max', '13 a undo pids.max']);
  assert.deepEqual(world.run(20, { a: HOT }), ['28 a set', '33 a set'], '20 s after the last step');
});

test('throttle and freeze go back at their own time though the condition holds', () => {
  const world = new RuleWorld(rulesOf([rule({ do: [{ throttle: { cpu: '50%', for: 3 } }], cooldown: 60 })]));
  const busy = { signals: { 'memory.usage': 95, 'cpu.usage': 1.5 } };
  assert.deepEqual(world.run(10, { a: busy }), ['0 a throttle', '3 a undo cpu.max']);
  const { action } = world.done[0]!;
  assert.deepEqual(action.kind === 'throttle' && action.limits, { 'cpu.max': 0.75 });
});

test('steps that would change nothing are passed over: frozen already, a limit that is so, a share of nothing known', () => {
  const steps: NonNullable<PolicyRule['do']> = [
    { freeze: { for: 5 } },
    { thaw: {} },
    { set: { 'pids.max': 5 } },
    { throttle: { cpu: '50%' } },
    { set: { 'memory.low': '-10%' } },
    { kill: {} },
  ];
  const world = new RuleWorld(rulesOf([rule({ do: steps })]));
  assert.deepEqual(world.run(2, { a: { ...HOT, frozen: true, limits: { 'pids.max': 5 } } }), ['0 a kill']);
});

test('shares are of what a limit is, or of what is in use; never to nothing', () => {
  const of = (set: Record<string, string>, given: object): unknown => {
    const [action] = new RuleWorld(rulesOf([rule({ do: [{ set }] })])).tick({ a: { ...HOT, ...given } });
    return action?.kind === 'set' ? action.limits : action;
  };
  assert.deepEqual(of({ 'memory.high': '-10%' }, {}), { 'memory.high': 90 * MiB });
  assert.deepEqual(of({ 'memory.high': '-10%' }, { limits: { 'memory.high': 10 * MiB } }), { 'memory.high': 9 * MiB });
  assert.deepEqual(of({ 'memory.max': '-99%' }, { memory: { currentBytes: 100 } }), { 'memory.max': MiB });
  assert.deepEqual(of({ 'memory.max': '+50%' }, { limits: { 'memory.max': 10 * MiB } }), { 'memory.max': 15 * MiB });
  assert.deepEqual(of({ 'cpu.max': '-50%' }, {}), { 'cpu.max': 1 });
  assert.deepEqual(of({ 'cpu.max': '+900%' }, {}), { 'cpu.max': 2 });
  assert.deepEqual(of({ 'pids.max': '-90%' }, { limits: { 'pids.max': 3 } }), { 'pids.max': 1 });
  assert.deepEqual(of({ 'cpu.weight': '-50%' }, {}), { 'cpu.weight': 50 });
  assert.deepEqual(of({ 'memory.max': 'max' }, { limits: { 'memory.max': 5 } }), { 'memory.max': 'max' });
});

test('one that is being stopped is left alone; what was done to one that is gone is taken off the record', () => {
  const world = new RuleWorld(rulesOf([rule({ do: [{ set: { 'pids.max': 5 } }, { kill: {} }] })]));
  assert.deepEqual(world.run(2, { a: HOT }), ['0 a set']);
  assert.deepEqual(world.run(20, { a: { ...HOT, ending: true } }), []);
  assert.deepEqual(world.run(3, {}), ['22 a undo pids.max']);
  assert.deepEqual(world.memory.ladders, {});
});

test('a rule that goes, or does not match any more, takes back what it did; one that now only observes does too', () => {
  const set = rule({ do: [{ set: { 'pids.max': 5 } }], cooldown: 0 });
  const world = new RuleWorld(rulesOf([set]));
  world.run(1, { a: HOT });
  world.policies = [];
  assert.deepEqual(world.run(2, { a: HOT }), ['1 a undo pids.max']);
  assert.equal(world.done.at(-1)?.action.reason, 'the rule is gone');
  world.policies = [rulesOf([set])];
  world.run(1, { a: HOT });
  world.policies = [rulesOf([set], { match: 'b' })];
  assert.deepEqual(world.run(1, { a: HOT }), ['4 a undo pids.max']);
  world.policies = [rulesOf([set])];
  world.run(1, { a: HOT });
  world.policies = [rulesOf([set], { enforce: 'observe' })];
  assert.deepEqual(world.run(2, { a: HOT }), ['6 a undo pids.max', '7 a set']);
  assert.deepEqual(
    world.done.slice(-2).map(({ action }) => action.observed),
    [false, true],
    'what was done is undone, what is observed only told',
  );
});

test('limits of rules that an earlier agent left go back when the rule is gone or does not hold', () => {
  const left = [{ policy: 'p', rule: 'r', container: 'a', name: 'a', fields: ['pids.max'], atMs: null as number | null }];
  const set = rule({ when: when(2), do: [{ set: { 'pids.max': 5 } }] });
  const cold = new RuleWorld(rulesOf([set]));
  cold.memory = rememberLeft(cold.memory, left);
  assert.equal(rememberLeft(cold.memory, left), cold.memory, 'known by now');
  assert.deepEqual(cold.run(4, { a: COLD }), ['2 a undo pids.max']);
  const gone = new RuleWorld();
  gone.memory = rememberLeft(gone.memory, left);
  assert.deepEqual(gone.run(2, { a: HOT }), ['0 a undo pids.max']);
  const holds = new RuleWorld(rulesOf([set]));
  holds.memory = rememberLeft(holds.memory, left);
  assert.deepEqual(holds.run(5, { a: { ...HOT, limits: { 'pids.max': 5 } } }), []);
  const timed = new RuleWorld(rulesOf([set]));
  timed.memory = rememberLeft(timed.memory, [{ ...left[0]!, atMs: 3000 }]);
  assert.deepEqual(timed.run(5, { a: { ...HOT, limits: { 'pids.max': 5 } } }), ['3 a undo pids.max']);
});
