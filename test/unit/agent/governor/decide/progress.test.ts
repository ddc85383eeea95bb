import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NO_MEMORY } from '#agent/governor/decide/memory.js';
import { progressMark, progressOf, rememberProgress } from '#agent/governor/decide/progress.js';
import { RuleProgressStore } from '#agent/store/rule-progress.js';
import { RuleWorld, rulesOf } from '#test/support/rule-world.js';
import { tempDir } from '#test/support/temp.js';

const HIGH = { a: { signals: { 'memory.usage': 90 } } };
const LOW = { a: { signals: { 'memory.usage': 10 } } };
const rules = () =>
  rulesOf([
    {
      name: 'r',
      when: { signal: 'memory.usage', above: 80, for: '2s' },
      do: [{ notify: {} }, { reclaim: '10%' }, { kill: {} }],
      cooldown: '60s',
    },
  ]);

/** An agent that was killed, and one that begins `elapsedMs` later with another monotonic clock. */
function follow(world: RuleWorld, elapsedMs: number): RuleWorld {
  const next = new RuleWorld(rules());
  next.ms = 5000;
  const ladders = rememberProgress(progressOf(world.memory, world.ms), { elapsedMs, nowMs: next.ms });
  next.memory = { ...NO_MEMORY, ladders: JSON.parse(JSON.stringify(ladders)) as typeof ladders };
  return next;
}

test('the next agent goes on where the ladder was, and not before the step had time to work', () => {
  const world = new RuleWorld(rules());
  assert.deepEqual(world.run(5, HIGH), ['2 a notify', '3 a reclaim']);
  const next = follow(world, 1000);
  // 5 s to work from second 3 on, of which 2 had passed, and the condition has to hold anew.
  assert.deepEqual(next.run(20, HIGH), ['7 a kill']);
});

test('after the last step the cooldown goes on; what is over is over, and a clock set back does not make it longer', () => {
  const killed = () => {
    const world = new RuleWorld(rules());
    assert.deepEqual(world.run(12, HIGH), ['2 a notify', '3 a reclaim', '8 a kill']);
    return world;
  };
  assert.deepEqual(follow(killed(), 30_000).run(20, HIGH), []);
  assert.deepEqual(
    follow(killed(), 30_000).run(40, HIGH).at(0),
    '31 a notify',
    '60 s after the last step, 34 of which had passed',
  );
  assert.deepEqual(follow(killed(), 3_600_000).run(5, HIGH), ['7 a notify', '8 a reclaim']);
  assert.deepEqual(follow(killed(), -3_600_000).run(55, HIGH), []);
  assert.deepEqual(follow(killed(), -3_600_000).run(70, HIGH).length, 3);
});

test('a condition that is gone meanwhile begins the ladder anew, after its cooldown; then there is nothing to put down', () => {
  const world = new RuleWorld(rules());
  world.run(4, HIGH);
  const next = follow(world, 0);
  assert.notEqual(progressMark(next.memory, next.ms), '');
  assert.deepEqual(next.run(80, LOW), []);
  assert.equal(progressMark(next.memory, next.ms), '');
  assert.deepEqual(progressOf(next.memory, next.ms), []);
});

test('as time passes nothing has to be written again', () => {
  const world = new RuleWorld(rules());
  world.run(10, HIGH);
  const mark = progressMark(world.memory, world.ms);
  world.run(10, HIGH);
  assert.equal(progressMark(world.memory, world.ms), mark);
});

test('on disk: what was written is read; what is broken is set aside and said', (t) => {
  const root = tempDir(t);
  const store = new RuleProgressStore(root);
  assert.equal(store.read(), undefined);
  const ladders = [{ key: 'p/r', holder: 'a', step: 2, nextInMs: 5, cooldownInMs: 9, victim: null }];
  store.write({ writtenAtMs: 7, ladders });
  assert.deepEqual(store.read(), { version: 1, writtenAtMs: 7, ladders });
  writeFileSync(join(root, 'rules.json'), '{"version":1,"ladders":[{"key":5}]}');
  assert.throws(() => store.read(), /rules\.json was set aside as \.broken/);
  assert.deepEqual(readdirSync(root), ['rules.json.broken']);
  assert.equal(store.read(), undefined);
});
