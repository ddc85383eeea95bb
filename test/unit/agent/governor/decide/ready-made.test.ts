import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neededSignals } from '#agent/governor/decide/needs.js';
import { type Given, MiB, RuleWorld, rulesOf } from '#test/support/rule-world.js';

test('oomd: pressure without a break, on whom reclaim looks at; 15 s until the next', () => {
  const world = new RuleWorld(rulesOf([{ name: 'o', kind: 'oomd', pressure: 60, for: 3 }]));
  const scanned = (perSecond: number): Given => ({ signals: { 'memory.scans': perSecond } });
  const hot = { 'node.memory.full.avg10': 61 };
  assert.deepEqual(world.run(3, { a: scanned(5), b: scanned(9) }, hot), []);
  assert.deepEqual(world.run(1, { a: scanned(5), b: scanned(0) }, hot), ['3 a kill'], 'b is not looked at');
  assert.deepEqual(world.run(20, { b: scanned(1) }, hot), ['18 b kill']);
  assert.deepEqual(world.run(40, { c: scanned(1) }, { 'node.memory.full.avg10': 60 }), [], 'not above');
});

test('oomd of each container: its own pressure, and reclaim within that time', () => {
  const world = new RuleWorld(rulesOf([{ name: 'o', kind: 'oomd', of: 'container', pressure: '40%', for: 3 }]));
  const at = (full: number, scans: number): Given => ({ signals: { 'memory.full.avg10': full, 'memory.scans': scans } });
  assert.deepEqual(world.run(10, { a: at(50, 0), b: at(30, 9) }), []);
  assert.deepEqual(world.run(1, { a: at(50, 7), b: at(30, 9) }), ['10 a kill']);
  const late = new RuleWorld(rulesOf([{ name: 'o', kind: 'oomd', of: 'container', pressure: '40%', for: 3 }]));
  assert.deepEqual(late.run(1, { a: at(50, 7) }).concat(late.run(5, { a: at(50, 0) })), ['3 a kill'], 'scans 3 s ago count');
});

test('oomd, swap: less swap and memory free than asked, whoever has most of it swapped', () => {
  const world = new RuleWorld(rulesOf([{ name: 'o', kind: 'oomd', swapFree: '10%', do: [{ terminate: {} }] }]));
  const some = { a: { memory: { swapBytes: 5 * MiB } }, b: { memory: { swapBytes: 9 * MiB } } };
  assert.deepEqual(world.run(2, some, { 'node.swap.free': 5, 'node.memory.available': 30 }), []);
  assert.deepEqual(world.run(2, some, { 'node.swap.free': 5, 'node.memory.available': 5 }), ['2 b terminate']);
  assert.equal(world.done[0]?.action.rule, 'o:swap');
});

test('thrash: at its limit, refaulting, and where pressure is known, stalled', () => {
  const storm = { 'memory.events.max': 500, 'memory.refaults': 5000 };
  const world = new RuleWorld(rulesOf([{ name: 't', kind: 'thrash', for: 2 }]));
  const all: Record<string, Given> = {
    v1: { signals: storm },
    stalled: { signals: { 'memory.events.high': 500, 'memory.refaults': 5000, 'memory.full.avg10': 40 } },
    busy: { signals: { ...storm, 'memory.full.avg10': 5 } },
    reading: { signals: { 'memory.refaults': 5000 } },
  };
  assert.deepEqual(world.run(3, all), ['2 v1 notify', '2 stalled notify']);
  assert.match(world.done[0]?.action.reason ?? '', /memory.events.max is 500 .* memory.refaults is 5000/);
});

const high = (world: RuleWorld): number => {
  const last = world.done.findLast(({ action }) => action.kind === 'set')?.action;
  return last?.kind === 'set' ? Number(last.limits['memory.high']) : Number.NaN;
};

test('senpai: begins with what is in use, probes down slowly, backs off at once and further than it probed', () => {
  const world = new RuleWorld(rulesOf([{ name: 's', kind: 'senpai', floor: '1MiB' }]));
  const at = (totalUsec: number): Record<string, Given> => ({
    a: { memory: { currentBytes: 1000 * MiB, someTotalUsec: totalUsec }, limits: { 'memory.high': high(world) || 'max' } },
  });
  assert.deepEqual(world.run(1, at(0)), ['0 a set']);
  assert.equal(high(world), 1000 * MiB);
  assert.deepEqual(world.run(6, at(0)), ['6 a set']);
  assert.equal(high(world), 990 * MiB, 'no stall at all: a hundredth');
  assert.deepEqual(world.run(1, at(200_000)), ['7 a set'], '200 ms: at once');
  assert.equal(high(world), 1980 * MiB, '20 times the target: doubled');
  const kinds = world.done.map(({ action }) => action.kind === 'set' && action.routine);
  assert.deepEqual(kinds, [false, true, false], 'a hundredth is not told');
});

test('senpai stays between what must stay in memory and what it may use', () => {
  const world = new RuleWorld(rulesOf([{ name: 's', kind: 'senpai', floor: '100MiB', interval: 1 }]));
  const memory = { currentBytes: 200 * MiB, unreclaimableBytes: 50 * MiB, someTotalUsec: 0 };
  for (let tick = 0; tick < 200; tick += 1) world.tick({ a: { memory, limits: { 'memory.high': high(world) || 'max' } } });
  assert.equal(high(world), 150 * MiB);
  const limits = { 'memory.high': 150 * MiB, 'memory.max': 160 * MiB };
  world.run(1, { a: { memory: { ...memory, someTotalUsec: 10_000_000 }, limits } });
  assert.equal(high(world), 160 * MiB);
});

test('senpai gives way to who else sets memory.high, and takes its own back when its rule goes', () => {
  const world = new RuleWorld(rulesOf([{ name: 's', kind: 'senpai' }]));
  const memory = { currentBytes: 500 * MiB, someTotalUsec: 0 };
  assert.deepEqual(world.run(3, { a: { memory, limits: { 'memory.high': 400 * MiB } } }), []);
  assert.deepEqual(world.run(1, { a: { memory } }), ['3 a set']);
  assert.deepEqual(world.run(9, { a: { memory, limits: { 'memory.high': 300 * MiB } } }), ['4 a undo memory.high']);
  assert.deepEqual(world.run(1, { a: { memory } }), ['13 a set']);
  world.policies = [];
  assert.deepEqual(world.run(2, { a: { memory, limits: { 'memory.high': 500 * MiB } } }), ['14 a undo memory.high']);
  assert.deepEqual(world.memory.senpai, {});
});

test('what has to be read each tick', () => {
  const ruled = rulesOf([
    { name: 'w', when: { any: [{ signal: 'io.read', above: 1 }] }, do: [{ throttle: { cpu: '50%' } }] },
    { name: 'o', kind: 'oomd' },
  ]);
  assert.deepEqual([...neededSignals([ruled])].sort(), [
    'cpu.usage',
    'io.read',
    'memory.current',
    'memory.scans',
    'node.memory.full.avg10',
  ]);
});
