import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sliceLine } from '#src/top/slice-line.js';
import { cut, displayWidth, fitted, safe } from '#src/top/text.js';

test('what could act on a terminal or fool a reader is made visible', () => {
  assert.equal(safe('a\x1b[2Jb\n\x07', 'unicode'), 'a\\x1b[2Jb\\n\\x07');
  assert.equal(safe('evil\u202etxt.exe', 'unicode'), 'evil\\u{202e}txt.exe');
  assert.equal(safe('\u0000\u009b31m', 'unicode'), '\\x00\\x9b31m');
  assert.equal(safe('héllo 😀', 'ascii'), 'h\\u{e9}llo \\u{1f600}');
  assert.equal(safe('a\ufe0fb', 'unicode'), 'ab');
  // Marks piled on one character would cover the lines above and below.
  assert.equal([...safe(`a${'\u0301'.repeat(50)}`, 'unicode')].length, 3);
});

test('widths are columns: wide characters two, marks none', () => {
  assert.equal(displayWidth('abc'), 3);
  assert.equal(displayWidth('漢字'), 4);
  assert.equal(displayWidth('😀🧿⚡'), 6);
  assert.equal(displayWidth('e\u0301'), 1);
  assert.equal(displayWidth('─█⣿▶'), 4);
});

test('a text is cut or filled to exactly so many columns', () => {
  for (const text of ['', 'abc', 'abcdef', '漢字漢字', 'a漢b字c', '😀😀😀', 'e\u0301'.repeat(9)])
    for (const glyphs of ['unicode', 'ascii'] as const)
      for (let width = 1; width < 9; width += 1) {
        const clean = safe(text, glyphs);
        assert.equal(displayWidth(fitted(clean, width, glyphs)), width, `${text} ${width}`);
        assert.equal(displayWidth(fitted(clean, width, glyphs, 'end')), width);
        assert.ok(displayWidth(cut(clean, width, glyphs)) <= width);
      }
  assert.equal(fitted('12', 5, 'ascii', 'end'), '   12');
  assert.equal(cut('abcdef', 4, 'unicode'), 'abc…');
  assert.equal(cut('abcdef', 4, 'ascii'), 'abc~');
});

test('a part of a line keeps its tones; half of a wide character is a blank', () => {
  const spans = [{ text: 'ab', tone: 'good' as const }, { text: '漢字' }, { text: 'yz' }];
  assert.deepEqual(sliceLine(spans, 1, 7), [{ text: 'b', tone: 'good' }, { text: '漢字' }, { text: 'y' }]);
  assert.deepEqual(sliceLine(spans, 3, 5), [{ text: '  ' }]);
});
