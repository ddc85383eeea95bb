import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { configMarkdown } from '#src/cli/config/markdown.js';
import { readConfig } from '#src/cli/config/settings.js';

const DOCS = join(import.meta.dirname, '../../../../../../docs');
const EXAMPLE = join(DOCS, 'examples/config.yaml');

test('docs/config.md is what the settings say (node scripts/gen-cli-docs.mjs writes it), and its example is valid', async () => {
  assert.equal(readFileSync(join(DOCS, 'config.md'), 'utf8'), configMarkdown(readFileSync(EXAMPLE, 'utf8')));
  assert.equal((await readConfig(EXAMPLE, true)).TSGOV_HISTORY_SIZE, '4g');
});
