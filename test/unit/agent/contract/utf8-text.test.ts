import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Text } from '#agent/contract/utf8-text.js';

test('text is as it was, and what is none is told where it begins', () => {
  for (const text of ['', 'a\nb', '\ufeffa: €\u{1f600}', '\ufffd']) assert.equal(utf8Text(Buffer.from(text)), text);
  const at = (...parts: (string | number)[]) =>
    utf8Text(Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part)))));
  assert.deepEqual(at(0xff), { line: 1, column: 1 });
  assert.deepEqual(at('a\nname: ', 0xe9, 'x'), { line: 2, column: 7 });
  assert.deepEqual(at('€', 0xef, 'x'), { line: 1, column: 2 });
  assert.deepEqual(at('\ufffd', 0xef, 0xbf), { line: 1, column: 2 });
});
