import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeLine } from '#src/top/terminal/encode-line.js';
import { THEME } from '#src/top/theme.js';
import { view } from '#src/top/view.js';
import { foreignBytes } from '#test/support/terminal-bytes.js';
import { TopDriver } from '#test/support/top-driver.js';
import { HOSTILE_ROW, SCENE_ROWS } from '#test/support/top-scenario.js';
import { SCENES } from '#test/support/top-scenes.js';

const SIZES = [
  [1, 1],
  [2, 40],
  [200, 2],
  [12, 5],
  [20, 10],
  [39, 13],
  [79, 23],
  [81, 25],
  [133, 43],
  [250, 80],
] as const;

for (const glyphs of ['unicode', 'ascii'] as const)
  test(`every scene in every size, ${glyphs}: as many lines as rows, the cursor inside, nothing but known bytes`, async () => {
    for (const { name, keys } of SCENES) {
      const top = new TopDriver({ glyphs, size: { columns: 100, rows: 30 } }, [HOSTILE_ROW, ...SCENE_ROWS]);
      await top.press(...keys);
      for (const [columns, rows] of SIZES) {
        top.tell({ kind: 'resize', size: { columns, rows } });
        const { lines, cursor } = view(top.state);
        assert.equal(lines.length, rows, `${name} ${columns}x${rows}`);
        const bytes = lines.map((line) => encodeLine(line, columns, THEME.dark)).join('');
        assert.equal(foreignBytes(Buffer.from(bytes)), '', `${name} ${columns}x${rows}`);
        if (glyphs === 'ascii') assert.doesNotMatch(bytes, /[\u0080-\uffff]/, `${name} ${columns}x${rows}`);
        if (cursor !== undefined)
          assert.ok(cursor.row < rows && cursor.column < columns, `${name} ${columns}x${rows}: ${JSON.stringify(cursor)}`);
      }
    }
  });
