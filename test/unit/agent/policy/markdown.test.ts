import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { policiesMarkdown } from '#agent/policy/markdown.js';
import { FULL_POLICY } from '#test/support/policy-text.js';

test('docs/policies.md is what the schema says (node scripts/gen-docs.mjs writes it)', () => {
  const written = readFileSync(new URL('../../../../../docs/policies.md', import.meta.url), 'utf8');
  assert.equal(written, policiesMarkdown(FULL_POLICY));
});
