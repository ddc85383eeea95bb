import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const TEST = resolve(import.meta.dirname, '../../../../../test');
const names = JSON.parse(readFileSync(join(TEST, 'support/side-by-side.json'), 'utf8')) as string[];
/** Looks for what carries the demo's own places in its name. */
const LOOKS_AT_ITS_OWN = ['demo'];

const pathsOf = (name: string) =>
  ['integration', 'e2e'].map((tier) => join(TEST, tier, `${name}.test.ts`)).filter((path) => existsSync(path));

test('every file that may run beside another is there, once', () => {
  assert.deepEqual(
    names.filter((name) => pathsOf(name).length !== 1),
    [],
  );
  assert.equal(new Set(names).size, names.length);
});

test('none of them looks at what the whole node holds', () => {
  const looking = names.filter((name) =>
    pathsOf(name).some((path) => /\btraces\(|leakedForGood|name: '\*'/.test(readFileSync(path, 'utf8'))),
  );
  assert.deepEqual(looking, LOOKS_AT_ITS_OWN);
});
