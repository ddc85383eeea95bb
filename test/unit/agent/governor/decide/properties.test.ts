import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Action, DecidePolicy } from '#agent/contract/decision.js';
import type { PolicyRule, RuleAction, RuleCondition } from '#agent/contract/rule.js';
import type { Snapshot } from '#agent/contract/snapshot.js';
import { asIfDone } from '#agent/governor/decide/as-if.js';
import { decide } from '#agent/governor/decide/decide.js';
import { type Memory, NO_MEMORY } from '#agent/governor/decide/memory.js';
import { containerAt, MiB, rulesOf, snapshotAt } from '#test/support/rule-world.js';

const SIGNALS = ['memory.usage', 'memory.full.avg10', 'cpu.usage', 'memory.scans', 'node.memory.full.avg10'];
const seconds = fc.integer({ min: 0, max: 6 });

const condition: fc.Arbitrary<RuleCondition> = fc.letrec<{ any: RuleCondition }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ signal: fc.constantFrom(...SIGNALS), above: fc.integer({ min: 0, max: 90 }), for: seconds }),
    fc.record({ signal: fc.constantFrom(...SIGNALS), below: fc.integer({ min: 0, max: 90 }), for: seconds }),
    fc.record({ all: fc.array(tie('any'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ any: fc.array(tie('any'), { minLength: 1, maxLength: 2 }) }),
  ),
})).any;

const step: fc.Arbitrary<RuleAction> = fc.oneof(
  fc.constant<RuleAction>({ notify: {} }),
  fc.constant<RuleAction>({ reclaim: '10%' }),
  fc.constantFrom<RuleAction>({ set: { 'memory.max': '-10%' } }, { set: { 'pids.max': 7, 'cpu.max': 0.5 } }),
  fc.record({ throttle: fc.record({ cpu: fc.constant('50%'), for: seconds }) }),
  fc.record({ freeze: fc.record({ for: seconds }) }),
  fc.constantFrom<RuleAction>({ thaw: {} }, { terminate: { grace: 2 } }, { kill: {} }),
);

const ladder: fc.Arbitrary<PolicyRule> = fc.record({
  name: fc.constant(''),
  when: condition,
  do: fc.array(step, { minLength: 1, maxLength: 4 }),
  cooldown: fc.integer({ min: 0, max: 20 }),
});
const readyMade = fc.constantFrom<PolicyRule>(
  { name: '', kind: 'senpai', interval: 2 },
  { name: '', kind: 'oomd', pressure: 30, for: 2 },
  { name: '', kind: 'thrash', refaults: 0, events: 0 },
);
const rules = fc
  .array(fc.oneof({ arbitrary: ladder, weight: 4 }, { arbitrary: readyMade, weight: 1 }), { minLength: 1, maxLength: 3 })
  .map((list) => list.map((rule, index) => ({ ...rule, name: `r${index}` })));
const policies = fc.array(fc.record({ rules, priority: fc.integer({ min: 0, max: 2 }) }), { minLength: 1, maxLength: 3 }).map(
  (list) =>
    (enforce: 'enforce' | 'observe'): DecidePolicy[] =>
      list.map((each, index) => rulesOf(each.rules, { name: `p${index}`, priority: each.priority, enforce })),
);

const container = (id: string) =>
  fc
    .record({
      usage: fc.integer({ min: 0, max: 100 }),
      frozen: fc.boolean(),
      ending: fc.boolean(),
      there: fc.integer({ max: 9, min: 0 }),
    })
    .map(({ usage, frozen, ending, there }) =>
      there === 0
        ? []
        : [
            containerAt(id, {
              frozen: frozen && ending,
              ending: ending && usage > 80,
              signals: {
                'memory.usage': usage,
                'memory.full.avg10': 100 - usage,
                'cpu.usage': usage / 50,
                'memory.scans': usage,
              },
              memory: { currentBytes: usage * MiB, someTotalUsec: usage * 1000 },
            }),
          ],
    );
const snapshots: fc.Arbitrary<Snapshot[]> = fc
  .array(fc.tuple(container('a'), container('b'), container('c'), fc.integer({ min: 0, max: 100 })), {
    minLength: 5,
    maxLength: 60,
  })
  .map((ticks) =>
    ticks.map(([a, b, c, pressure], index) =>
      snapshotAt(index * 1000, [...a, ...b, ...c], { signals: { 'node.memory.full.avg10': pressure } }),
    ),
  );

function play(ticks: readonly Snapshot[], ruled: readonly DecidePolicy[], keep: (memory: Memory) => Memory): Action[][] {
  let memory = NO_MEMORY;
  return ticks.map((snapshot) => {
    const decided = decide(snapshot, ruled, memory);
    memory = keep(decided.memory);
    return decided.actions;
  });
}
const same = (memory: Memory): Memory => memory;

/** The same in a world in which what is decided is done: what is set is a limit, what is frozen stands. */
function playOut(ticks: readonly Snapshot[], ruled: readonly DecidePolicy[]): Action[][] {
  let memory = NO_MEMORY;
  return ticks.map((snapshot) => {
    const all = JSON.parse(JSON.stringify(memory).replaceAll('"observed":false', '"observed":true')) as Memory;
    const decided = decide({ ...snapshot, containers: snapshot.containers.map(asIfDone(all)) }, ruled, memory);
    memory = decided.memory;
    return decided.actions;
  });
}
const check = (name: string, property: (ticks: Snapshot[], make: (enforce: 'enforce' | 'observe') => DecidePolicy[]) => void) =>
  test(name, () => fc.assert(fc.property(snapshots, policies, property), { numRuns: 300 }));

check('never two acts on one container in a tick, and none on one that is ending', (ticks, make) => {
  for (const [index, actions] of play(ticks, make('enforce'), same).entries()) {
    const acted = actions.map((action) => action.container);
    assert.equal(new Set(acted).size, acted.length);
    for (const { id, ending } of ticks[index]?.containers ?? []) assert.ok(!ending || !acted.includes(id));
  }
});

check('memory is JSON: kept as text between ticks, the same is decided; and no input is changed', (ticks, make) => {
  const frozen = (memory: Memory): Memory => deepFreeze(JSON.parse(JSON.stringify(memory)) as Memory);
  assert.deepEqual(play(ticks.map(deepFreeze), make('enforce'), frozen), play(ticks, make('enforce'), same));
});

check('a policy that observes decides the same, and says that it observes', (ticks, make) => {
  const observed = play(ticks, make('observe'), same);
  assert.ok(observed.flat().every((action) => action.observed));
  const enforced = playOut(ticks, make('enforce'));
  assert.deepEqual(
    observed.map((actions) => actions.map((action) => ({ ...action, observed: false }))),
    enforced,
  );
});

check(
  'what was set, throttled or frozen goes back once there is no rule any more, the latest first, and nothing else',
  (ticks, make) => {
    const ruled = make('enforce');
    let memory = NO_MEMORY;
    const held = new Map<string, Set<string>>();
    const note = (actions: readonly Action[]): void => {
      for (const action of actions) {
        const key = `${action.container} ${action.policy}/${action.rule}`;
        const fields = held.get(key) ?? new Set<string>();
        if (action.kind === 'set' || action.kind === 'throttle')
          for (const field of Object.keys(action.limits)) fields.add(field);
        if (action.kind === 'freeze') fields.add('state');
        if (action.kind === 'undo') {
          assert.ok(
            action.fields.some((field) => fields.has(field)),
            `${key} undoes ${action.fields.join()}, which it had not done`,
          );
          for (const field of action.fields) fields.delete(field);
        }
        held.set(key, fields);
      }
    };
    const advance = (snapshot: Snapshot, now: readonly DecidePolicy[]): void => {
      const decided = decide(snapshot, now, memory);
      memory = decided.memory;
      note(decided.actions);
    };
    for (const snapshot of ticks) advance(snapshot, ruled);
    const last = ticks.length * 1000;
    const quiet = ['a', 'b', 'c'].map((id) => containerAt(id));
    for (let tick = 0; tick < 60; tick += 1) advance(snapshotAt(last + tick * 1000, quiet), []);
    assert.deepEqual(memory, NO_MEMORY);
    for (const [key, fields] of held) assert.deepEqual([...fields], [], key);
  },
);

check('the first step of a ladder comes at most once a cooldown, and steps never come out of order', (ticks, make) => {
  const ruled = make('enforce');
  const cooldowns = new Map(
    ruled.flatMap(({ name, rules: list }) =>
      list.flatMap((rule) => (rule.kind === 'ladder' ? [[`${name}/${rule.name}`, rule] as const] : [])),
    ),
  );
  const before = new Map<string, { atMs: number; step: number }>();
  for (const [index, actions] of play(ticks, ruled, same).entries())
    for (const action of actions) {
      const rule = cooldowns.get(`${action.policy}/${action.rule}`);
      const number = Number(/; step (\d+) of \d+$/.exec(action.reason)?.[1] ?? 0);
      if (rule === undefined || number === 0) continue;
      const key = `${action.policy}/${action.rule} ${rule.scope === 'node' ? '' : action.container}`;
      const known = before.get(key);
      const atMs = index * 1000;
      if (known !== undefined && number <= known.step)
        assert.ok(atMs - known.atMs >= rule.cooldownMs || isNew(ticks, known.atMs, atMs, action.container), key);
      before.set(key, { atMs, step: number });
    }
});

/** It was gone in between: one of the same id that comes back is another one to its rules. */
function isNew(ticks: readonly Snapshot[], fromMs: number, toMs: number, id: string): boolean {
  return ticks
    .filter(({ monotonicMs }) => monotonicMs > fromMs && monotonicMs < toMs)
    .some(({ containers }) => !containers.some((each) => each.id === id));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) deepFreeze(each);
    Object.freeze(value);
  }
  return value;
}
