import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { globFault, globMatches } from '#agent/policy/glob.js';

const TABLE: readonly (readonly [string, string, boolean, boolean])[] = [
  // pattern, text, as text, as a path
  ['*', '', true, true],
  ['*', 'a/b', true, false],
  ['**', 'a/b', true, true],
  ['batch-*', 'batch-1', true, true],
  ['batch-*', 'batch', false, false],
  ['*etl*', 'registry/etl:1', true, false],
  ['/system.slice/*.service', '/system.slice/a.service', true, true],
  ['/system.slice/*.service', '/system.slice/a/b.service', true, false],
  ['/**/b', '/a/x/b', true, true],
  ['a?c', 'abc', true, true],
  ['a?c', 'a/c', true, false],
  ['[a-c]x', 'bx', true, true],
  ['[!a-c]x', 'bx', false, false],
  ['[!a-c]x', 'dx', true, true],
  ['[]]', ']', true, true],
  ['\\*', '*', true, true],
  ['\\*', 'a', false, false],
  ['a.c', 'abc', false, false],
  ['?', '😀', true, true],
];
for (const [pattern, text, asText, asPath] of TABLE)
  test(`${pattern} and ${JSON.stringify(text)}: ${asText}, as a path ${asPath}`, () => {
    assert.equal(globMatches(pattern, text), asText);
    assert.equal(globMatches(pattern, text, { path: true }), asPath);
  });

test('a pattern made to be slow is not', () => {
  assert.equal(globMatches(`${'*a'.repeat(200)}b`, 'a'.repeat(2000)), false);
});

test('what is wrong with a pattern', () => {
  assert.equal(globFault('a*'), undefined);
  for (const bad of ['', '[a', 'a\\', 'x'.repeat(2000)]) assert.notEqual(globFault(bad), undefined);
});

test('text with every special character escaped matches itself and nothing else', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, other) => {
      const pattern = text.replace(/[*?[\]\\]/g, '\\$&');
      assert.equal(globMatches(pattern, text), true);
      assert.equal(globMatches(pattern, other), text === other);
    }),
  );
});
