import assert from 'node:assert/strict';
import { test } from 'node:test';
import { levelOf, rowOf, share, sorted } from '#agent/page/view/rows.js';
import { containerUsage } from '#test/support/usage-view.js';

for (const [what, change, pressure, score] of [
  ['nothing', {}, '', 0],
  ['memory, which goes before cpu when alike', { signals: { 'memory.some.avg10': 30, 'cpu.some.avg10': 30 } }, 'memory', 30],
  ['the quota', { signals: { 'cpu.throttled': 80, 'cpu.some.avg10': 60 } }, 'quota', 80],
  ['io', { signals: { 'io.some.avg10': 12 } }, 'io', 12],
  ['a full memory', { signals: { 'memory.current': 64 << 20 } }, 'memory', 40],
  ['nearly all processes it may have', { signals: { 'pids.current': 95 } }, 'pids', 25],
  ['too little to tell', { signals: { 'cpu.some.avg10': 0.01 } }, '', 0],
] as [string, Parameters<typeof containerUsage>[1], string, number][])
  test(`what waits most: ${what}`, () => {
    const row = rowOf(containerUsage('a', change));
    assert.deepEqual([row.pressure, Math.round(row.score)], [pressure, score]);
  });

test('one that is frozen waits for nobody', () => {
  const row = rowOf(containerUsage('a', { status: 'frozen', signals: { 'cpu.some.avg10': 90 } }));
  assert.deepEqual([row.pressure, row.score], ['frozen', 0]);
});

test('a limit that is none has no share, and a figure the host lacks is absent', () => {
  const row = rowOf({ ...containerUsage('a', { limits: { 'cpu.max': 'max' } }), signals: {} });
  assert.deepEqual([row.cpuMax, row.memoryMax, row.cpuCores, row.memoryBytes], [undefined, undefined, undefined, undefined]);
  assert.deepEqual([share(1, undefined), share(undefined, 1), share(1, 0), share(1, 2)], [undefined, undefined, undefined, 0.5]);
});

test('rows stand by what is asked, those alike by name; small changes move none', () => {
  const rows = [
    rowOf(containerUsage('b', { signals: { 'cpu.some.avg10': 31 } })),
    rowOf(containerUsage('a', { signals: { 'cpu.some.avg10': 30, 'cpu.usage': 2 } })),
    rowOf(containerUsage('c', { signals: { 'io.some.avg10': 70, 'memory.current': 1 } })),
  ];
  const names = (...args: ['pressure' | 'name' | 'cpu' | 'memory', string]) =>
    sorted(rows, ...args)
      .map(({ usage }) => usage.name)
      .join('');
  assert.equal(names('pressure', ''), 'cab');
  assert.equal(names('name', ''), 'abc');
  assert.equal(names('cpu', ''), 'abc');
  assert.equal(names('memory', ''), 'abc');
  assert.equal(names('name', ' TSGOV '), 'abc');
  assert.equal(names('name', 'c'), 'c');
});

test('levels', () => assert.deepEqual([0, 9.9, 10, 39, 40].map(levelOf), ['calm', 'calm', 'warm', 'warm', 'hot']));
