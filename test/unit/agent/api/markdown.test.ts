import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openapiDocument } from '#agent/api/document.js';
import { apiMarkdown, errorsMarkdown } from '#agent/api/markdown.js';
import { ERROR_CODES } from '#agent/contract/errors.js';

const DOCS = join(import.meta.dirname, '../../../../../docs');

test('docs/errors.md is the table of codes (node scripts/gen-docs.mjs writes it)', () => {
  const text = errorsMarkdown();
  assert.equal(readFileSync(join(DOCS, 'errors.md'), 'utf8'), text);
  for (const code of Object.keys(ERROR_CODES)) assert.ok(text.includes(`\`${code}\``), code);
});

test('docs/api.md is what routes and schemas say (node scripts/gen-docs.mjs writes it)', async () => {
  const text = apiMarkdown(await openapiDocument('1'));
  assert.equal(readFileSync(join(DOCS, 'api.md'), 'utf8'), text);
  assert.match(text, /^## PATCH \/v1\/containers\/\{ref\}\/limits$/m);
  assert.match(text, /`io\.devices\[\]\.writeBps` \| number or text/);
});
