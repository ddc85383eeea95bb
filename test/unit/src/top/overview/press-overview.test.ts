import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_EVENTS } from '#src/top/state.js';
import { TopDriver } from '#test/support/top-driver.js';
import { SCENE_MS, SCENE_NODE, SCENE_ROWS } from '#test/support/top-scenario.js';

const cursorName = ({ state }: TopDriver) => state.rows.get(state.overview.cursor ?? '')?.name;

test('the cursor stays with its container when the order changes, and in its place when that is gone', async () => {
  const top = new TopDriver();
  await top.press('down', 'down');
  const name = cursorName(top);
  await top.press('O');
  assert.equal(cursorName(top), name);
  const place = top.state.overview.order.indexOf(top.state.overview.cursor!);
  const next = top.state.overview.order[place + 1];
  const rows = [...top.state.rows.values()].filter((row) => row.name !== name);
  top.tell({ kind: 'overview', atMs: SCENE_MS + 1000, node: SCENE_NODE, rows });
  assert.equal(top.state.overview.cursor, next);
});

test('the cursor is always on the screen, however small that is', async () => {
  const top = new TopDriver({ size: { columns: 80, rows: 24 } });
  for (const rows of [24, 9, 7, 40, 5, 3, 24])
    for (const key of ['end', 'up', 'home', 'pagedown', 'C-u']) {
      top.tell({ kind: 'resize', size: { columns: 80, rows } });
      await top.press(key);
      assert.equal(top.lines.length, rows);
      if (rows >= 9) assert.ok(top.screen.includes(`▶`), `${rows} ${key}\n${top.screen}`);
    }
});

test('Esc takes back one thing after the other: the filter, then the marks', async () => {
  const top = new TopDriver();
  await top.press('m', '/', 'a', 'enter');
  assert.equal(top.state.overview.filter, 'a');
  await top.press('escape');
  assert.deepEqual([top.state.overview.filter, top.state.overview.marked.size], ['', 1]);
  await top.press('escape');
  assert.equal(top.state.overview.marked.size, 0);
});

test('while a filter is typed no key is an act; a paste is typed, and ignored elsewhere', async () => {
  const top = new TopDriver();
  top.tell({ kind: 'paste', text: 'dy\n' });
  assert.equal(top.state.dialog, undefined);
  await top.press('/');
  top.tell({ kind: 'paste', text: 'd z\n' });
  await top.press('q', 'backspace', 'backspace');
  assert.equal(top.state.overview.filter, 'd z');
  assert.deepEqual([top.world.calls, top.done], [[], []]);
  await top.press('C-w', 'C-w');
  assert.equal(top.state.overview.filter, '');
});

test('k sends a signal; with vim keys, which are remembered, it moves up, and K sends one', async () => {
  const top = new TopDriver();
  await top.press('k');
  assert.equal(top.state.dialog?.kind, 'choose');
  await top.press('escape', 'V', 'down', 'k');
  assert.ok(top.state.dialog === undefined);
  assert.equal(top.state.overview.order.indexOf(top.state.overview.cursor!), 0);
  assert.deepEqual(top.done, ['remember {"vim":true}']);
  await top.press('K');
  assert.match(top.screen, /SIGTERM/);
});

test('paused nothing moves and nothing is asked for, but acts work', async () => {
  const top = new TopDriver();
  await top.press('space');
  const before = top.screen;
  top.tell({ kind: 'overview', atMs: SCENE_MS + 5000, node: SCENE_NODE, rows: [] });
  assert.equal(top.screen, before);
  assert.match(before, /PAUSED/);
  await top.press('z');
  assert.equal(top.world.calls.length, 1);
});

test('an event tells a state before the next tick does, and an older tick does not take it back', () => {
  const top = new TopDriver();
  const target = SCENE_ROWS.find(({ status }) => status === 'running')!;
  const { id, name, image, runtime } = target;
  const status = () => top.state.rows.get(id)?.status;
  const at = (ms: number) => new Date(SCENE_MS + ms).toISOString();
  const freeze = { id: 9_999_999, time: at(500), type: 'freeze', container: { id, name, image, runtime }, attributes: {} };
  top.tell({ kind: 'events', events: [freeze] });
  assert.equal(status(), 'frozen');
  top.tell({ kind: 'overview', atMs: SCENE_MS + 900, tickMs: SCENE_MS, node: SCENE_NODE, rows: SCENE_ROWS });
  assert.equal(status(), 'frozen');
  top.tell({ kind: 'overview', atMs: SCENE_MS + 1900, tickMs: SCENE_MS + 1000, node: SCENE_NODE, rows: SCENE_ROWS });
  assert.equal(status(), 'running');
});

test('events are kept to a bound, told once, and stay in place while scrolled up', async () => {
  const top = new TopDriver();
  const event = (id: number) => ({ id, time: new Date(SCENE_MS).toISOString(), type: 'exec', attributes: { id } });
  const first = 1_000_000;
  top.tell({ kind: 'events', events: Array.from({ length: MOST_EVENTS + 50 }, (_, index) => event(first + index)) });
  assert.equal(top.state.events.length, MOST_EVENTS);
  top.tell({ kind: 'events', events: [event(first)] });
  assert.equal(top.state.events.at(-1)?.id, first + MOST_EVENTS + 49);
  await top.press('tab', 'up', 'up');
  const shown = top.lines.filter((line) => /exec/.test(line)).at(-1);
  top.tell({ kind: 'events', events: [event(first + 9999)] });
  assert.equal(top.lines.filter((line) => /exec/.test(line)).at(-1), shown);
});

test('a click moves the cursor, a double one opens, a title sorts and turns the order round', async () => {
  const top = new TopDriver();
  const rowAt = (text: RegExp) => top.lines.findIndex((line) => text.test(line));
  const click = (row: number, column: number, action: 'press' | 'double' = 'press') =>
    top.tell({ kind: 'mouse', action, row, column });
  const head = rowAt(/NAME/);
  click(head + 3, 5);
  assert.equal(top.state.overview.order.indexOf(top.state.overview.cursor!), 2);
  const at = top.lines[head]!.indexOf('NAME');
  click(head, at);
  assert.deepEqual(top.state.overview.sort, { column: 'name', reverse: false });
  click(head, at);
  assert.deepEqual(top.state.overview.sort, { column: 'name', reverse: true });
  click(head + 1, 5, 'double');
  assert.equal(top.state.container?.id, top.state.overview.order[0]);
});
