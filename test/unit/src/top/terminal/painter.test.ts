import assert from 'node:assert/strict';
import { test } from 'node:test';
import { line } from '#src/top/frame.js';
import { encodeLine } from '#src/top/terminal/encode-line.js';
import { Painter } from '#src/top/terminal/painter.js';
import { THEME } from '#src/top/theme.js';

const SIZE = { columns: 10, rows: 3 };
const rowsWritten = (bytes: string) => [...bytes.matchAll(/\[(\d+);1H/g)].map(([, row]) => Number(row));

test('only lines that differ are written, nothing where none does, and everything after forget', () => {
  const painter = new Painter();
  const paint = (...lines: string[]) => painter.paint({ lines: lines.map((text) => line(text)) }, SIZE, THEME.dark);
  assert.deepEqual(rowsWritten(paint('a', 'b', 'c')), [1, 2, 3]);
  assert.deepEqual(rowsWritten(paint('a', 'B', 'c')), [2]);
  assert.equal(paint('a', 'B', 'c'), '');
  painter.forget();
  assert.deepEqual(rowsWritten(paint('a', 'B', 'c')), [1, 2, 3]);
});

test('the cursor is shown where text is typed, and hidden again', () => {
  const painter = new Painter();
  const lines = [line('a')];
  assert.ok(painter.paint({ lines, cursor: { row: 2, column: 4 } }, SIZE, THEME.dark).includes('\x1b[3;5H\x1b[?25h'));
  assert.ok(painter.paint({ lines }, SIZE, THEME.dark).includes('\x1b[?25l'));
});

test('behind what is not ASCII the cursor is put where it belongs', () => {
  assert.equal(encodeLine([{ text: '漢é ' }, { text: 'x' }], 10, THEME.mono), '漢é \x1b[5Gx\x1b[0m\x1b[K');
  assert.equal(encodeLine([{ text: '0123456789abc' }], 10, THEME.mono), '0123456789\x1b[0m');
  // Half of a wide character does not fit: a blank.
  assert.equal(encodeLine([{ text: '012345678漢' }], 10, THEME.mono), '012345678 \x1b[0m');
});

test('the cursor’s row is coloured to its end; mono has no colour at all', () => {
  assert.equal(encodeLine([{ text: 'ab', tone: 'cursor' }], 5, THEME.dark), '\x1b[0;7mab   \x1b[0m');
  for (const codes of Object.values(THEME.mono)) assert.doesNotMatch(codes, /[349]\d|10\d/);
});
