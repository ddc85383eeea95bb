import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readJson } from '#agent/containers/read-json.js';
import { tempDir } from '#test/support/temp.js';

const filler = JSON.stringify('y'.repeat(100));

for (const [text, place] of [
  ['{"a":x}', /, line 1, column 6: Unexpected token 'x'$/],
  ['{"x":x}', /, line 1, column 6: Unexpected token 'x'$/],
  [`{"a": ${filler},\n  "b": [1, 2,],\n"c": ${filler}}`, /, line 2, column 14: Unexpected token '\]'$/],
  ['{\n"a": 1,\n}', /, line 3, column 1: Expected double-quoted property name$/],
  ['{"a":1', /, line 1, column 7: Expected ',' or '}' after property value$/],
  ['', /, line 1, column 1: Unexpected end of JSON input$/],
  ['{}\n x', /, line 2, column 2: Unexpected non-whitespace character after JSON$/],
  ['[1,\n tru', /, line 2, column 5: Unexpected end of JSON input$/],
] as const)
  test(`where ${JSON.stringify(text).slice(0, 40)} is no JSON`, (t) => {
    const path = join(tempDir(t), 'config.json');
    writeFileSync(path, text);
    assert.throws(
      () => readJson(path),
      (error: Error) => error.message.startsWith(path) && place.test(error.message) && error.cause instanceof SyntaxError,
    );
  });

test('a file that is not there or is a directory is named', (t) => {
  const dir = tempDir(t);
  assert.throws(() => readJson(join(dir, 'none')), { message: `${join(dir, 'none')} is not there` });
  assert.throws(() => readJson(dir), { message: new RegExp(`^${dir}: EISDIR`) });
});
