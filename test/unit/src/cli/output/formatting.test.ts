import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandColumn, idColumn, shortId } from '#src/cli/output/command-text.js';
import { binarySize, decimalSize } from '#src/cli/output/human-size.js';
import { ago, humanDuration } from '#src/cli/output/human-time.js';
import { printable } from '#src/cli/output/printable.js';
import { statusText } from '#src/cli/output/status-text.js';
import { shorten, table, textWidth } from '#src/cli/output/table.js';

for (const [bytes, binary, decimal] of [
  [0, '0B', '0B'],
  [656, '656B', '656B'],
  [1023, '1023B', '1.02kB'],
  [1024, '1KiB', '1.02kB'],
  [1450, '1.416KiB', '1.45kB'],
  [64 * 2 ** 20, '64MiB', '67.1MB'],
  [1.465 * 2 ** 30, '1.465GiB', '1.57GB'],
  [2 ** 50, '1PiB', '1.13PB'],
] as [number, string, string][]) {
  test(`sizes as Docker shows them: ${bytes}`, () => {
    assert.equal(binarySize(bytes), binary);
    assert.equal(decimalSize(bytes), decimal);
  });
}

const [S, M, H, D] = [1000, 60_000, 3_600_000, 86_400_000];
for (const [ms, text] of [
  [450, 'Less than a second'],
  [1 * S, '1 second'],
  [59 * S, '59 seconds'],
  [61 * S, 'About a minute'],
  [3 * M, '3 minutes'],
  [60 * M, 'About an hour'],
  [3 * H, '3 hours'],
  [47 * H, '47 hours'],
  [3 * D, '3 days'],
  [15 * D, '2 weeks'],
  [90 * D, '3 months'],
  [800 * D, '2 years'],
] as [number, string][]) {
  test(`spans as Docker says them: ${text}`, () => assert.equal(humanDuration(ms), text));
}

test('a time ahead of our clock is now', () => {
  assert.equal(ago('2025-01-01T00:00:10Z', Date.parse('2025-01-01T00:00:00Z')), 'Less than a second ago');
  assert.equal(ago(null, 0), '');
});

const NOW = Date.parse('2025-01-01T00:10:00Z');
const state = {
  status: 'running',
  pid: 1,
  exitCode: null,
  oomKilled: false,
  startedAt: '2025-01-01T00:08:00Z',
  finishedAt: null,
  error: null,
} as const;
for (const [change, text] of [
  [{}, 'Up 2 minutes'],
  [{ status: 'frozen' }, 'Up 2 minutes (Frozen)'],
  [{ status: 'created' }, 'Created'],
  [{ status: 'exited', exitCode: 3, finishedAt: '2025-01-01T00:09:55Z' }, 'Exited (3) 5 seconds ago'],
  [
    { status: 'exited', exitCode: 137, oomKilled: true, finishedAt: '2025-01-01T00:09:55Z' },
    'Exited (137) 5 seconds ago (OOM killed)',
  ],
  [{ status: 'dead' }, 'Dead'],
] as const) {
  test(`status: ${text}`, () => assert.equal(statusText({ ...state, ...change }, NOW), text));
}

test('control characters, escapes and bidirectional controls are never printed raw', () => {
  assert.equal(printable('a\x1b[2Jb\nc\x07\u009b\u202e\u2028z'), 'a\\x1b[2Jb\\nc\\x07\\x9b\\u{202e}\\u{2028}z');
  assert.equal(printable('grüße 漢字 ok'), 'grüße 漢字 ok');
  assert.equal(table(['N'], [['x\ny']]), 'N\nx\\ny\n');
});

test('tables are as wide as their content, in columns of a terminal', () => {
  assert.equal(
    table(
      ['ID', 'NAME'],
      [
        ['1', 'a'],
        ['22222', 'b'],
      ],
    ),
    'ID      NAME\n1       a\n22222   b\n',
  );
  assert.equal(table(['ID', 'NAME'], []), 'ID   NAME\n');
  assert.equal(textWidth('漢字e\u0301'), 5);
  assert.equal(
    table(
      ['A', 'B'],
      [
        ['漢', 'x'],
        ['ab', 'y'],
      ],
    ),
    'A    B\n漢   x\nab   y\n',
  );
});

test('the command column is quoted and short', () => {
  assert.equal(commandColumn(['sh', '-c', 'sleep 1000; echo done'], true), '"sh -c \'sleep 1000; …"');
  assert.equal(commandColumn(['sh', '-c', 'sleep 1'], false), '"sh -c \'sleep 1\'"');
  assert.equal(shorten('abcdef', 4), 'abc…');
});

test('ids: what scripts get is a reference, a column has twelve characters', () => {
  const hex = 'ab'.repeat(32);
  assert.deepEqual([shortId(hex), shortId(hex, false)], [hex.slice(0, 12), hex]);
  assert.equal(shortId('/machine/by-hand'), '/machine/by-hand');
  assert.deepEqual([idColumn(hex, true), idColumn(hex, false)], [hex.slice(0, 12), hex]);
  assert.equal(idColumn('/machine/by-hand', true), '/machine/by…');
});
