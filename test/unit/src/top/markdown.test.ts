import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { KEYS } from '#src/top/keys.js';
import { topMarkdown } from '#src/top/markdown.js';
import { COLUMNS } from '#src/top/overview/columns.js';

const text = readFileSync(join(import.meta.dirname, '../../../../../docs/top.md'), 'utf8');

test('the tables of docs/top.md are those of the code (node scripts/gen-cli-docs.mjs writes them)', () => {
  assert.equal(text, topMarkdown(text));
  for (const { does } of KEYS) assert.ok(text.includes(does), does);
  for (const { name } of COLUMNS) assert.ok(text.includes(`| \`${name}\` |`), name);
});
