import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BY_IMPORTANCE, COLUMNS } from '#src/top/overview/columns.js';
import { overviewLayout, shownColumns } from '#src/top/overview/layout.js';
import { percentText, sizeText } from '#src/top/overview/size-text.js';
import { orderRows, rowFilter } from '#src/top/overview/sort-rows.js';
import type { Figures, Row } from '#src/top/rows.js';

const NODE = { cpus: 4, memoryBytes: 1 << 30 };
const row = (name: string, figures: Figures = {}, change: Partial<Row> = {}): Row => ({
  id: `id-${name}`,
  name,
  image: 'img',
  runtime: 'docker',
  status: 'running',
  policies: [],
  restarts: 0,
  drifts: 0,
  figures,
  ...change,
});
const names = (ids: readonly string[]) => ids.map((id) => id.replace('id-', ''));

test('numbers with the most first, equal ones by name, those without a value last either way', () => {
  const rows = [row('none'), row('b', { cpuCores: 1 }), row('a', { cpuCores: 1 }), row('little', { cpuCores: 0.1 })];
  const by = (column: string, reverse: boolean) => names(orderRows(rows, { filter: '', sort: { column, reverse } }, NODE));
  assert.deepEqual(by('cores', false), ['a', 'b', 'little', 'none']);
  assert.deepEqual(by('cores', true), ['little', 'a', 'b', 'none']);
  assert.deepEqual(by('name', false), ['a', 'b', 'little', 'none']);
  assert.deepEqual(by('name', true), ['none', 'little', 'b', 'a']);
  assert.deepEqual(by('no such column', false), ['a', 'b', 'little', 'none']);
});

test('CPU is of its limit: half a core of half a core is more than one of four', () => {
  const rows = [row('free', { cpuCores: 1 }), row('limited', { cpuCores: 0.5, cpuMaxCores: 0.5 })];
  assert.deepEqual(names(orderRows(rows, { filter: '', sort: { column: 'cpu', reverse: false } }, NODE)), ['limited', 'free']);
});

test('words of a filter must all be found, !words not', () => {
  const web = row('web-1', {}, { policies: ['batch'], image: 'nginx:1' });
  for (const [filter, wanted] of [
    ['', true],
    ['WEB', true],
    ['web docker', true],
    ['nginx batch running', true],
    ['web !docker', false],
    ['!podman', true],
    ['id-web', true],
    ['db', false],
    [' ! ', true],
  ] as const)
    assert.equal(rowFilter(filter)(web), wanted, filter);
});

test('columns fit the screen at every width, name and CPU among them, each once', () => {
  for (let width = 20; width <= 260; width += 1) {
    const columns = shownColumns(undefined, width);
    const used = columns.reduce((sum, each) => sum + each.width + 1, 2);
    assert.ok(used <= width || columns.length <= 1, `${width}: ${used}`);
    assert.equal(new Set(columns.map(({ column }) => column.name)).size, columns.length);
  }
  assert.deepEqual(
    shownColumns(undefined, 80).map(({ column }) => column.name),
    ['name', 'state', 'cpu', 'throttled', 'memory', 'memory-percent', 'psi-cpu', 'psi-memory', 'psi-io'],
  );
  assert.deepEqual(
    shownColumns(['id', 'gone', 'name'], 80).map(({ column }) => column.name),
    ['id', 'name'],
  );
  for (const name of BY_IMPORTANCE)
    assert.ok(
      COLUMNS.some((column) => column.name === name),
      name,
    );
});

test('the parts of the screen lie below each other and fill it', () => {
  for (let rows = 4; rows < 90; rows += 1)
    for (const [columns, cpus] of [
      [80, 2],
      [80, 128],
      [250, 16],
    ] as const) {
      const { node, head, table, events } = overviewLayout({ columns, rows }, cpus);
      assert.deepEqual([node.top, head, table.top], [1, 1 + node.rows, head + 1]);
      assert.equal(events.top, table.top + table.rows);
      assert.equal(1 + node.rows + 1 + table.rows + events.rows, Math.max(rows - 1, 2 + node.rows), `${columns}x${rows}`);
      if (rows >= 24) assert.ok(table.rows >= 8 && events.rows >= 4, `${rows}`);
    }
});

test('sizes and percentages in few characters', () => {
  assert.deepEqual([0, 999, 1000, 1536, 10 << 20, 1023 << 20, 5e12].map(sizeText), [
    '0B',
    '999B',
    '1.0K',
    '1.5K',
    '10M',
    '1.0G',
    '4.5T',
  ]);
  assert.deepEqual([0, 0.04, 3.25, 9.96, 100].map(percentText), ['0', '0.0', '3.3', '10', '100']);
});
