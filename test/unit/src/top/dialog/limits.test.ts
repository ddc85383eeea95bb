import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edited } from '#src/top/dialog/edit-text.js';
import { changedLimits, exactSize, FORM_LIMITS, formText } from '#src/top/dialog/limit-form.js';
import { TopDriver } from '#test/support/top-driver.js';

test('values in force stand as they would be typed: sizes exactly', () => {
  assert.deepEqual([64 << 20, 2 ** 31, 1000, 0, 3 << 10].map(exactSize), ['64MiB', '2GiB', '1000', '0', '3KiB']);
  const limits = { cpu: { max: 0.5 }, memory: { max: 'max', high: 400 << 20 }, pids: { max: 7 } };
  assert.deepEqual(
    FORM_LIMITS.map((form) => formText(form, limits)),
    ['0.5', '', '', 'max', '400MiB', '', '', '', '7'],
  );
});

test('only what was changed is asked for; what cannot be meant is said', () => {
  const field = (name: string, before: string, text: string) => ({ field: name, before, text });
  assert.deepEqual(
    changedLimits([field('cpu.max', '1', ' 1 '), field('memory.max', '1GiB', '2g'), field('io.weight', '', '50')]),
    {
      limits: { memory: { max: '2g' }, io: { weight: 50 } },
    },
  );
  assert.deepEqual(changedLimits([field('cpu.weight', '100', 'much')]), {
    field: 'cpu.weight',
    message: 'must be a whole number, not "much"',
  });
  assert.match((changedLimits([field('memory.max', '1GiB', '')]) as { message: string }).message, /write max for no limit/);
});

test('text is edited at the cursor, by character', () => {
  const typed = (text: string, caret: number, ...keys: string[]) => {
    const { text: next, caret: at } = keys.reduce((state, key) => edited(state, key), { text, caret });
    return `${[...next].slice(0, at).join('')}|${[...next].slice(at).join('')}`;
  };
  assert.equal(typed('64m', 3, 'backspace', 'g'), '64g|');
  assert.equal(typed('64m', 0, '1', 'right', 'delete'), '16|m');
  assert.equal(typed('漢字', 2, 'left', 'backspace'), '|字');
  assert.equal(typed('abc', 1, 'C-k', 'home', 'backspace', 'end'), 'a|');
  assert.equal(typed('abc', 2, 'C-u', 'space', 'up'), ' |c');
});

test('what is checked and then edited is checked again before it is written', async () => {
  const top = new TopDriver();
  await top.press('L', 'down', 'down', 'down', 'C-u', '9', '9', 'm', 'enter');
  assert.match(top.screen, /the kernel gets:/);
  await top.press('backspace', 'k');
  assert.doesNotMatch(top.screen, /the kernel gets:/);
  const asked = () => top.world.calls.filter((call) => /limit/i.test(call)).length;
  const before = asked();
  await top.press('enter');
  assert.match(top.screen, /Enter: write it/);
  assert.equal(asked(), before, 'a check is no change');
  await top.press('enter');
  assert.ok(asked() > before);
  assert.equal(top.state.dialog, undefined);
});

test('nothing changed, or Esc, writes nothing', async () => {
  const top = new TopDriver();
  await top.press('L', 'enter');
  assert.match(top.screen, /nothing is changed yet/);
  await top.press('9', 'escape');
  assert.deepEqual([top.state.dialog, top.world.calls], [undefined, []]);
});
