import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkName, generateName } from '#agent/containers/names.js';

for (const name of ['w', 'ab', 'A1', 'web-1.2_x', '0a', 'x'.repeat(255)])
  test(`${name.slice(0, 20)} may be a name`, () => checkName(name));

for (const name of ['', '-', '-a', '.a', '_a', 'a b', 'a/b', 'ä1', 'a\n', 'x'.repeat(256), 'f'.repeat(64)])
  test(`${JSON.stringify(name.slice(0, 20))} may not`, () =>
    assert.throws(() => checkName(name), { code: 'BODY_INVALID', field: 'name' }));

test('a generated name is adjective_noun, allowed, and one that nobody has', () => {
  const taken = new Set<string>();
  for (let i = 0; i < 3000; i += 1) {
    const name = generateName((other) => taken.has(other), Math.random);
    checkName(name);
    assert.match(name, /^[a-z]+_[a-z]+\d*$/);
    assert.ok(!taken.has(name));
    taken.add(name);
  }
});

test('when every plain name is taken a number is added', () => {
  assert.match(
    generateName(
      (name) => !/\d/.test(name),
      () => 0.5,
    ),
    /^[a-z]+_[a-z]+\d+$/,
  );
});
