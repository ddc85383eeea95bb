import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const TEST = resolve(import.meta.dirname, '../../../../../test');
const names = JSON.parse(readFileSync(join(TEST, 'support/side-by-side.json'), 'utf8')) as string[];

test('every file that may run beside another is there, once', () => {
  const there = readdirSync(join(TEST, 'integration')).map((file) => file.replace(/\.test\.ts$/, ''));
  assert.deepEqual(
    names.filter((name) => !there.includes(name)),
    [],
  );
  assert.equal(new Set(names).size, names.length);
});

test('none of them looks at what the whole node holds', () => {
  const looking = names.filter((name) => {
    const source = readFileSync(join(TEST, `integration/${name}.test.ts`), 'utf8');
    return /\btraces\(|leakedForGood|name: '\*'/.test(source);
  });
  assert.deepEqual(looking, []);
});
